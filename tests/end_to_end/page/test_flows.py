"""Each flow of a visit in both languages and on both screens, with only the keyboard, except for
drops. `test_states` covers the other combinations and the light color scheme.
"""

import re

import pytest
from playwright.sync_api import expect

from csv_changes import with_bad_volumes
from page_actions import problem, serve
from visits import TRAINING, drop, part


@pytest.fixture
def bad_csv(sample_csv):
    """The sample with a word as the volume on ten lines, from line 101 on."""
    return with_bad_volumes(sample_csv, 110)


@pytest.fixture
def two_tickers_csv(sample_csv):
    """The sample's rows, then the same rows with the ticker VALE3."""
    head, *rows = sample_csv.decode().splitlines()
    return "\n".join([head, *rows, *(row.replace("AAPL", "VALE3") for row in rows)]).encode()


def downloaded(visit, button):
    with visit.page.expect_download() as download:
        visit.press(button)
    return download.value.suggested_filename


def test_a_file_is_chosen_and_forecast(visit, sample_csv):
    visit.choose(("my prices.csv", sample_csv))
    visit.expect_result("my prices.csv")


def test_the_sample_is_forecast(visit):
    visit.try_sample()
    expect(visit.page.locator(".forecast-volume")).to_contain_text(visit.text("shares", "ações"))


def test_a_dropped_file_is_forecast(visit, sample_csv):
    transfer = visit.page.evaluate_handle(
        """text => {
          const data = new DataTransfer();
          data.items.add(new File([text], 'dropped.csv', {type: 'text/csv'}));
          return data;
        }""",
        sample_csv.decode(),
    )
    visit.page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    visit.expect_result("dropped.csv")


def test_rows_pasted_onto_the_page_are_forecast(visit, sample_csv):
    visit.page.evaluate("text => navigator.clipboard.writeText(text)", sample_csv.decode())
    visit.page.keyboard.press("Control+V")
    visit.expect_result("pasted.csv")


def test_rows_pasted_into_the_field_are_forecast(visit, sample_csv):
    visit.press(part(visit, ".dropzone", "paste"))
    expect(part(visit, ".dropzone", "pasted")).to_be_focused()
    visit.page.keyboard.insert_text(sample_csv.decode())
    visit.press(visit.page.locator(".dropzone-pasting [type=submit]"))
    visit.expect_result("pasted.csv")
    expect(part(visit, ".dropzone", "paste")).to_be_focused()


def test_rejected_text_stays_in_the_field_until_it_is_forecast(visit, sample_csv):
    field, paste, submit = (
        part(visit, ".dropzone", "pasted"),
        part(visit, ".dropzone", "paste"),
        visit.page.locator(".dropzone-pasting [type=submit]"),
    )
    visit.press(paste)
    visit.page.keyboard.insert_text("Date,Close")
    visit.press(submit)
    expect(visit.page.locator(".problem")).to_be_visible()
    visit.press(paste)
    expect(field).to_have_value("Date,Close")
    visit.page.keyboard.press("Control+A")
    visit.page.keyboard.insert_text(sample_csv.decode())
    visit.page.keyboard.press("Escape")
    visit.press(paste)
    visit.press(submit)
    visit.expect_result("pasted.csv")
    expect(field).to_have_value("")


def test_several_files_are_forecast_shown_and_removed(visit, sample_csv):
    def remove(name):
        return visit.page.get_by_role(
            "button", name=visit.text(f"Remove {name}", f"Remover {name}")
        )

    visit.choose(*((f"{name}.csv", sample_csv) for name in ("one", "two", "three")))
    done = visit.page.locator('.files [data-phase="done"]')
    expect(done).to_have_count(3)
    visit.expect_result("one.csv")
    visit.press(visit.page.get_by_role("button", name=re.compile("^three.csv")))
    visit.expect_result("three.csv")
    visit.press(remove("three.csv"))
    visit.expect_result("two.csv")
    expect(done).to_have_count(2)
    expect(remove("two.csv")).to_be_focused()
    visit.press(remove("one.csv"))
    expect(visit.page.locator(".files")).to_be_hidden()
    expect(part(visit, ".dropzone", "choose")).to_be_focused()


def test_a_running_forecast_is_cancelled(visit, sample_csv):
    visit.page.route("**/predict*", lambda route: None)
    visit.choose(("slow.csv", sample_csv))
    visit.press(part(visit, ".dropzone", "cancel"))
    expect(visit.page.locator(".dropzone-call")).not_to_contain_text("slow.csv")
    expect(part(visit, ".dropzone", "choose")).to_be_focused()


def test_the_focus_stays_in_the_box_when_cancel_disappears(visit, sample_csv):
    held = []
    visit.page.route("**/predict*", lambda route: held.append(route))
    with visit.page.expect_request("**/predict*"):
        visit.choose(("slow.csv", sample_csv))
    visit.reach(part(visit, ".dropzone", "cancel"))
    held[0].continue_()
    visit.expect_result("slow.csv")
    expect(part(visit, ".dropzone", "choose")).to_be_focused()


def test_a_problem_is_shown_with_its_cell_and_closed(visit, bad_csv):
    visit.choose(("bad.csv", bad_csv))
    panel = visit.page.locator(".problem")
    text = visit.text(
        "Line 101, column Volume: expected a number",
        "Linha 101, coluna Volume: esperava-se um número",
    )
    expect(panel).to_contain_text(text)
    expect(panel.locator("mark").first).to_have_text("plenty")
    expect(panel.locator("mark").first).to_be_in_viewport(ratio=1)
    visit.press(part(visit, ".problem", "close"))
    expect(panel).to_be_hidden()
    expect(part(visit, ".dropzone", "choose")).to_be_focused()


def test_a_file_that_did_not_arrive_is_sent_again(visit, sample_csv):
    visit.page.route("**/predict*", lambda route: route.abort())
    visit.choose(("lost.csv", sample_csv))
    expect(visit.page.locator(".problem")).to_contain_text(
        visit.text("could not be reached", "Não foi possível conectar")
    )
    visit.page.unroute("**/predict*")
    visit.press(part(visit, ".problem", "again"))
    visit.expect_result("lost.csv")
    expect(part(visit, ".dropzone", "choose")).to_be_focused()


def test_a_file_is_sent_again_automatically_to_a_busy_api(visit, sample_csv):
    busy = problem(429, retry_after=2, code="too_many_requests")
    visit.page.route("**/predict*", lambda route: route.fulfill(**busy), times=1)
    visit.choose(("patient.csv", sample_csv))
    expect(visit.page.locator(".dropzone-call")).to_contain_text(
        visit.text("sent again in", "enviado de novo em")
    )
    visit.expect_result("patient.csv")


def test_a_file_is_sent_once_the_connection_is_back(visit, sample_csv):
    visit.try_sample()
    visit.page.context.set_offline(True)
    expect(visit.page.locator(".masthead-notice")).to_contain_text(
        visit.text("You are offline", "conexão caiu")
    )
    visit.choose(("later.csv", sample_csv))
    expect(visit.page.locator(".problem")).to_be_visible()
    expect(visit.page.locator(".forecast-volume")).to_be_visible()
    visit.page.context.set_offline(False)
    visit.expect_result("later.csv")


def test_a_ticker_is_chosen_by_typing(visit, two_tickers_csv):
    visit.choose(("two.csv", two_tickers_csv))
    visit.expect_result("two.csv")
    field = visit.page.get_by_role("combobox", name=visit.text("Ticker", "Ativo"))
    visit.press(field, "v", "a")
    expect(visit.page.locator(".tickers").get_by_role("option")).to_have_text(["VALE3"])
    visit.page.keyboard.press("Enter")
    expect(field).to_have_value("VALE3")
    expect(visit.page.locator(".chart h3")).to_contain_text("VALE3")
    expect(visit.page.get_by_role("listbox")).to_be_hidden()


def test_the_chart_is_read_zoomed_and_rescaled(visit):
    visit.try_sample()
    plot = visit.page.locator(".chart-plot")
    visit.press(plot, "End")
    assert visit.text("Traded", "Negociado") not in plot.get_attribute("aria-valuetext")
    visit.press(plot, "Home")
    assert visit.text("Traded", "Negociado") in plot.get_attribute("aria-valuetext")
    visit.press(plot, "+", "+")
    visit.press(part(visit, ".chart", "all"))
    expect(part(visit, ".chart", "wider")).to_have_attribute("aria-disabled", "true")
    visit.press(part(visit, ".chart", "linear"), "ArrowRight")
    expect(part(visit, ".chart", "log")).to_be_checked()
    expect(part(visit, ".chart", "log")).to_be_focused()


def test_the_chart_s_table_is_read_page_by_page(visit):
    visit.try_sample()
    visit.press(visit.page.locator(".chart-table summary"))
    where = part(visit, ".chart-table", "where")
    expect(where).to_contain_text("1–50")
    visit.press(part(visit, ".chart-table", "next"))
    expect(where).to_contain_text("51–100")


def test_the_values_and_the_picture_are_saved(visit):
    visit.try_sample()
    assert downloaded(visit, part(visit, ".chart", "csv")).endswith(".csv")
    assert downloaded(visit, part(visit, ".chart", "png")).endswith(".png")
    assert downloaded(visit, part(visit, ".predictions", "csv")).endswith(".csv")


def test_the_model_card_is_opened(visit):
    visit.try_sample()
    visit.press(visit.page.locator(".trust-card summary"))
    expect(visit.page.locator(".trust-card")).to_contain_text(
        visit.text("Repeat the last volume", "Repetir o último volume")
    )


def test_the_other_language_is_chosen(visit):
    visit.try_sample()
    volume = visit.page.locator(".forecast-volume")
    expect(volume).to_contain_text(visit.text("shares", "ações"))
    visit.press(visit.page.locator(".language-switch"), visit.text("ArrowDown", "ArrowUp"))
    expect(volume).to_contain_text(visit.text("ações", "shares"))
    expect(visit.page.locator(".language-switch")).to_be_focused()


def test_the_file_is_forecast_again_with_a_newer_model(visit):
    visit.try_sample()
    serve(visit.page, model={"version": "20991231T000000Z-00000000"})
    newer = visit.page.locator(".result-newer")
    with visit.page.expect_request("**/predict*"):
        visit.press(newer.get_by_role("button"))
    visit.expect_result("sample.csv")
    expect(visit.page.locator(".result-head h2")).to_be_focused()


def test_the_file_guide_is_read_and_the_sample_downloaded(visit):
    guide = visit.page.locator(".guide")
    if guide.get_attribute("open") is None:  # on a wide screen, it is already open
        visit.press(guide.locator("summary"))
    visit.reach(guide.locator("pre"))
    assert downloaded(visit, guide.get_by_role("link")) == "sample.csv"


def test_the_first_training_is_shown_until_files_can_be_chosen(visit, sample_csv):
    visit.page.route(
        "**/model",
        lambda route: route.fulfill(json={"model": None, "refused": None, "trainer": TRAINING}),
    )
    visit.open()
    training = visit.page.locator(".training")
    expect(training.locator('[aria-current="step"]')).to_contain_text(
        visit.text("Train the network", "Treinar a rede")
    )
    expect(training).to_contain_text(visit.text("Epoch 15 of 60", "Época 15 de 60"))
    expect(training).to_contain_text(
        visit.text("41 seconds left", "tempo restante: cerca de 41 segundos")
    )
    expect(part(visit, ".dropzone", "sample")).to_be_hidden()
    visit.page.unroute("**/model")
    visit.choose(("first.csv", sample_csv))
    visit.expect_result("first.csv")


def test_a_file_dropped_during_the_first_training_is_forecast_later(visit, sample_csv, tmp_path):
    visit.page.route(
        "**/model",
        lambda route: route.fulfill(json={"model": None, "refused": None, "trainer": TRAINING}),
    )
    visit.open()
    expect(visit.page.locator(".training")).to_be_visible()
    early = tmp_path / "early.csv"
    early.write_bytes(sample_csv)
    drop(visit.page, visit.page.locator("h1"), files=(early,))
    kept = visit.page.locator(".files")
    expect(kept).to_contain_text("early.csv")
    expect(kept).to_contain_text(
        visit.text("kept here until there is a model", "quando houver um modelo")
    )
    visit.expect_in_order()
    visit.page.unroute("**/model")
    visit.expect_result("early.csv")
