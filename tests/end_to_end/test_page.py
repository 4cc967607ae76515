"""The page in a real browser, against the running stack.

States that a healthy stack cannot be asked for (no model, no API) are put before the page by answering in the API's place.
"""

import csv
import io
import json
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from visits import FAILED, TRAINING, drop, visit

SAMPLE_BUTTON = "Try the sample"

# How many pixels of the chart have nearly the colour that the legend shows for a line.
PIXELS_OF_A_LINE = """key => {
  const [red, green, blue] = getComputedStyle(document.querySelector(key)).color.match(/\\d+/g).map(Number);
  const canvas = document.querySelector('.chart canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    const distance = Math.abs(data[i] - red) + Math.abs(data[i + 1] - green) + Math.abs(data[i + 2] - blue);
    count += data[i + 3] > 200 && distance < 30;
  }
  return count;
}"""


@pytest.fixture
def open_page(browser, base_url):
    """Opens the page in a fresh context; says which errors and which foreign requests it made."""
    contexts = []

    def open_page(before=None, locale="en-US"):
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale=locale)
        contexts.append(context)
        page = context.new_page()
        page.failures, page.origins = [], set()
        page.on(
            "console",
            lambda message: (
                message.type in ("error", "warning") and page.failures.append(message.text)
            ),
        )
        page.on("pageerror", lambda error: page.failures.append(str(error)))
        page.on(
            "request",
            lambda request: page.origins.add(
                "{0.scheme}://{0.netloc}".format(urlsplit(request.url))
            ),
        )
        if before:
            before(page)
        if not visit(page, base_url):
            page.failures.clear()
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page):
    return open_page()


def try_sample(page):
    with page.expect_response(lambda response: "/predict" in response.url) as answered:
        page.get_by_role("button", name=SAMPLE_BUTTON).click()
    expect(page.locator(".result")).to_be_visible()
    return answered.value.json()


def refuse(page, times, **problem):
    told = {"title": "Refused", "detail": "", "request_id": "x", "errors": [], **problem}
    answer = {
        "status": told["status"],
        "headers": {"Content-Type": "application/problem+json", "Retry-After": "1"},
        "body": json.dumps(told),
    }
    page.route("**/predict*", lambda route: route.fulfill(**answer), times=times)


def serve(page, **changes):
    """Let the page know of another model, or another training, than is there."""
    served = page.request.get(page.url + "model").json()
    page.route(
        "**/model",
        lambda route: route.fulfill(
            json={**served, **changes, "model": {**served["model"], **changes.get("model", {})}}
        ),
    )
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def record_speech(page, selector):
    """Keep all that a live region has said, one text for each time that it spoke."""
    page.evaluate(
        """selector => {
          const region = document.querySelector(selector);
          window.said = [];
          new MutationObserver(() => region.textContent && window.said.push(region.textContent))
            .observe(region, { childList: true, characterData: true, subtree: true });
        }""",
        selector,
    )


def choose(page, name, content):
    page.set_input_files(
        ".dropzone input[type=file]", {"name": name, "mimeType": "text/csv", "buffer": content}
    )


def answer_model(page, model=None, trainer=None):
    page.route("**/model", lambda route: route.fulfill(json={"model": model, "trainer": trainer}))


def test_the_sample_gives_a_headline_for_the_next_session(page):
    answer = try_sample(page)
    headline = page.locator(".forecast-volume")
    expect(headline).to_contain_text("shares")
    said = page.evaluate(
        "volume => new Intl.NumberFormat('en', {notation: 'compact', compactDisplay: 'long', minimumSignificantDigits: 3,"
        " maximumSignificantDigits: 3}).format(volume)",
        answer["predictions"][0]["volume"],
    )
    expect(headline).to_contain_text(said)


def test_the_sample_gives_a_table_of_every_prediction(page):
    answer = try_sample(page)
    rows = page.locator(".predictions tbody tr")
    expect(rows).to_have_count(min(50, len(answer["predictions"])))
    expect(rows.first).to_contain_text(f"{answer['predictions'][0]['volume']:,.0f}")


@pytest.mark.parametrize("line", ["actual", "predicted"])
def test_the_sample_gives_a_chart_with_the_line(page, line):
    try_sample(page)
    expect(page.locator(".chart canvas")).to_be_visible()
    assert page.evaluate(PIXELS_OF_A_LINE, f".swatch.{line}") > 50


def test_the_chart_shows_past_sessions_with_what_traded(page):
    answer = try_sample(page)
    assert len(answer["track_record"][0]["points"]) > 20
    plot = page.locator(".chart-plot")
    plot.focus()
    page.keyboard.press("Home")
    expect(page.locator(".chart-readout")).to_contain_text("Traded")
    page.keyboard.press("End")
    expect(page.locator(".chart-readout")).not_to_contain_text("Traded", use_inner_text=True)


def test_the_result_says_how_good_it_is_and_which_model_made_it(page):
    answer = try_sample(page)
    record = answer["track_record"][0]
    expect(page.locator(".trust-said")).to_contain_text(f"last {record['sessions']} sessions")
    expect(page.locator(".trust-said")).to_contain_text(
        re.compile(r"\d+% of the volumes fell within")
    )
    expect(page.locator(".result-model")).to_contain_text(answer["model"]["version"])


def test_a_bad_cell_is_shown_with_its_row_and_column(page, sample_csv):
    rows = list(csv.reader(io.StringIO(sample_csv.decode())))
    at = [name.strip().lower() for name in rows[0]].index("volume")
    rows[-1][at] = "plenty"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    with page.expect_response(lambda response: "/predict" in response.url) as answered:
        choose(page, "bad.csv", text.getvalue().encode())
    problem = answered.value.json()
    panel = page.locator(".problem")
    expect(panel).to_be_visible()
    expect(panel).to_contain_text(problem["title"])
    expect(panel).to_contain_text(problem["request_id"])
    first = problem["errors"][0]
    expect(panel.locator("li").first).to_contain_text(
        f"Line {first['row']}, column {rows[0][at]}: {first['problem']}"
    )
    expect(panel.locator("tbody td")).to_have_text(rows[-1])
    expect(panel.locator("mark")).to_have_text("plenty")
    expect(page.locator(".result")).to_be_hidden()


def test_a_file_over_the_limit_is_refused_before_it_is_sent(page, base_url, tmp_path):
    limit = page.request.get(f"{base_url}/settings.json").json()["max_upload_mb"]
    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    with (tmp_path / "huge.csv").open(
        "wb"
    ) as huge:  # in a file, since Playwright hands over no more than 50 MB in memory
        huge.truncate(limit * 1024 * 1024 + 1)
    page.set_input_files(".dropzone input[type=file]", huge.name)
    expect(page.locator(".problem")).to_contain_text(f"the limit is {limit} MB")
    assert sent == []


def test_a_lost_connection_keeps_the_forecast_before_it(page, sample_csv):
    try_sample(page)
    before = page.locator(".forecast-volume").inner_text()
    page.route("**/predict*", lambda route: route.abort())
    choose(page, "later.csv", sample_csv)
    expect(page.locator(".problem")).to_contain_text("could not be reached")
    expect(page.locator(".result")).to_be_visible()
    expect(page.locator(".result-head h2")).to_have_text("Forecast from sample.csv")
    assert page.locator(".forecast-volume").inner_text() == before


def test_a_newer_file_is_not_overtaken_by_the_answer_to_an_older_one(page, sample_csv):
    held = []
    page.route("**/predict*", lambda route: route.continue_() if held else held.append(route))
    choose(page, "older.csv", sample_csv)
    expect(page.locator(".dropzone")).to_contain_text("older.csv")
    with page.expect_response(lambda response: "/predict" in response.url) as answered:
        choose(page, "newer.csv", sample_csv)
    title = page.locator(".result-head h2")
    expect(title).to_have_text("Forecast from newer.csv")
    held[0].fulfill(json=answered.value.json())
    page.wait_for_timeout(500)
    expect(title).to_have_text("Forecast from newer.csv")


def test_a_browser_that_prefers_portuguese_gets_portuguese(open_page):
    page = open_page(locale="pt-BR")
    expect(page.locator("h1")).to_have_text("Quanto será negociado no próximo pregão?")
    assert page.evaluate("document.documentElement.lang") == "pt-BR"


def test_the_language_is_switched_without_losing_the_result_and_stays_chosen(page):
    try_sample(page)
    page.locator(".trust-card summary").click()
    page.get_by_label("Language").select_option("pt-BR")
    expect(page.locator(".result-head h2")).to_have_text("Previsão de sample.csv")
    expect(page.locator(".forecast-volume")).to_contain_text("ações")
    assert page.locator(".trust-card").evaluate("card => card.open")
    page.reload()
    expect(page.locator("h1")).to_have_text("Quanto será negociado no próximo pregão?")


def test_a_problem_is_told_in_the_language_of_the_page(open_page, sample_csv):
    page = open_page(locale="pt-BR")
    choose(page, "bad.csv", sample_csv.rstrip(b"\n") + b"0x\n")
    expect(page.locator(".problem")).to_contain_text("esperava-se um número")


def test_a_hostile_file_name_stays_text(page, sample_csv):
    name = '<img src=x onerror="document.title=1">.csv'
    choose(page, name, sample_csv)
    expect(page.locator(".result-head h2")).to_have_text(f"Forecast from {name}")
    assert page.locator(".result-head h2 img").count() == 0


def test_hundreds_of_rows_are_shown_in_pages(page, sample_csv):
    answer = try_sample(page)
    one = {**answer["predictions"][0], "ticker": None, "session": None, "step": 1}
    rows = {
        **answer,
        "input": {**answer["input"], "kind": "windows", "rows": 300},
        "predictions": [one] * 300,
        "track_record": [],
    }
    page.route("**/predict*", lambda route: route.fulfill(json=rows))
    choose(page, "windows.csv", sample_csv)
    expect(page.locator(".predictions .pages")).to_contain_text("1–50 of 300")
    page.locator(".predictions").get_by_role("button", name="Next").click()
    expect(page.locator(".predictions tbody tr").first.locator("th")).to_have_text("51")
    expect(page.locator(".chart canvas")).to_be_visible()


def test_a_failed_training_says_why_and_what_to_do(open_page):
    page = open_page(before=lambda page: answer_model(page, trainer=FAILED))
    panel = page.locator(".training")
    expect(panel).to_contain_text(FAILED["error"])
    expect(panel).to_contain_text("make train")


def test_an_api_that_is_away_is_said_in_one_line_and_recovers(open_page):
    away = {
        "title": "Forecaster not available",
        "status": 503,
        "detail": "",
        "request_id": "x",
        "errors": [],
    }
    page = open_page(
        before=lambda page: page.route(
            "**/model",
            lambda route: route.fulfill(
                status=503, content_type="application/problem+json", body=json.dumps(away)
            ),
        )
    )
    notice = page.locator(".masthead-notice")
    expect(notice).to_contain_text("does not answer")
    page.unroute("**/model")
    expect(notice).to_be_hidden(timeout=5000)
    expect(page.locator(".masthead-status")).to_contain_text("Ready")


def test_a_healthy_visit_logs_no_error_and_asks_no_other_origin(page, base_url):
    try_sample(page)
    page.wait_for_timeout(500)
    assert page.failures == []
    assert page.origins == {base_url.rstrip("/")}


def test_a_folder_that_is_dropped_is_named_as_one(page, tmp_path):
    drop(page, page.locator(".dropzone-target"), files=(tmp_path,))
    panel = page.locator(".problem")
    expect(panel.get_by_role("heading")).to_have_text(f"{tmp_path.name} is a folder")
    expect(panel.get_by_role("button", name="Send again")).to_be_hidden()


def test_a_file_that_was_changed_after_it_was_chosen_is_to_be_chosen_again(
    page, tmp_path, sample_csv
):
    prices = tmp_path / "prices.csv"
    prices.write_bytes(sample_csv)
    page.route("**/predict*", lambda route: route.abort())
    page.set_input_files(".dropzone input[type=file]", prices)
    panel = page.locator(".problem")
    expect(panel).to_contain_text("could not be reached")
    page.unroute("**/predict*")
    prices.write_bytes(sample_csv + b"\n")
    panel.get_by_role("button", name="Send again").click()
    expect(panel).to_contain_text("prices.csv cannot be read any more")
    expect(panel).to_contain_text("Choose it again")
    page.set_input_files(".dropzone input[type=file]", prices)
    expect(page.locator(".result-head h2")).to_have_text("Forecast from prices.csv")
    expect(page.locator(".files")).to_be_hidden()


@pytest.mark.parametrize(
    ("locale", "advice"), [("en-US", '"CSV UTF-8"'), ("pt-BR", "pasta de trabalho do Excel")]
)
def test_a_workbook_is_to_be_saved_as_csv(open_page, locale, advice):
    page = open_page(locale=locale)
    choose(page, "prices.xlsx", b"PK\x03\x04" + bytes(100))
    expect(page.locator(".problem-way")).to_contain_text(advice)
    expect(page.locator(".problem [lang=en]")).to_have_count(0)


def test_spreadsheet_cells_with_thousands_commas_are_forecast(page, sample_csv):
    rows = [row.split(",") for row in sample_csv.decode().splitlines()]
    cells = [rows[0], *([*row[:6], f"{int(row[6]):,}"] for row in rows[1:])]
    drop(page, page.locator("h1"), text="\n".join("\t".join(row) for row in cells))
    expect(page.locator(".result-head h2")).to_have_text("Forecast from pasted.csv")
    expect(page.locator(".result-model")).to_contain_text("300 rows read")


def test_a_text_that_is_dropped_into_the_field_stays_there(page):
    page.get_by_role("button", name="Paste").click()
    field = page.locator("#dropzone-pasted")
    drop(page, field, text="Date,Close")
    expect(field).to_have_value("Date,Close")
    expect(page.locator(".problem")).to_be_hidden()


def test_a_text_of_the_page_that_is_dragged_about_on_it_is_no_file(page):
    lead, target = (page.locator(name).bounding_box() for name in (".lead", ".dropzone-target"))
    page.locator(".lead").evaluate("element => getSelection().selectAllChildren(element)")
    page.mouse.move(lead["x"] + 40, lead["y"] + 10)
    page.mouse.down()
    page.mouse.move(target["x"] + 40, target["y"] + 40, steps=8)
    page.mouse.up()
    expect(page.locator(".problem")).to_be_hidden()
    expect(page.locator(".dropzone")).not_to_have_attribute("data-over", "")


def test_a_connection_that_is_lost_once_is_made_good_at_the_next_look(page, sample_csv):
    page.route("**/predict*", lambda route: route.abort(), times=1)
    choose(page, "lost.csv", sample_csv)
    expect(page.locator(".problem")).to_contain_text("will be sent again")
    page.evaluate(
        "document.dispatchEvent(new Event('visibilitychange'))"
    )  # the page looks at the service
    expect(page.locator(".result-head h2")).to_have_text("Forecast from lost.csv")


def test_a_grave_warning_is_open_however_many_there_are(page, sample_csv):
    head, *rows = sample_csv.decode().splitlines()
    weekly = [f"{row},x" for row in rows[::5]]
    choose(page, "weekly.csv", "\n".join([f"{head},Name", *weekly]).encode())
    expect(page.locator(".forecast-warnings")).to_contain_text("these forecasts do not hold")
    expect(page.locator(".forecast-warnings li").first).to_be_visible()


def test_the_same_problem_of_another_file_is_heard_too(page):
    record_speech(page, ".problem-said")
    for _ in range(2):
        page.get_by_role("button", name="Paste").click()
        page.locator("#dropzone-pasted").fill(" ")
        page.locator(".dropzone-pasting [type=submit]").click()
        expect(page.locator(".problem")).to_contain_text("nothing to forecast from")
    page.wait_for_function("window.said.length >= 2")


def test_files_of_one_name_can_be_told_apart(page, sample_csv):
    for _ in range(2):
        choose(page, "big.csv", sample_csv)
    expect(page.locator(".files-name")).to_have_text(["big.csv", "big.csv (2)"])
    expect(page.locator(".result-head h2")).to_have_text("Forecast from big.csv (2)")


def test_while_the_service_is_away_nothing_says_that_a_file_could_not_be_used(page, sample_csv):
    try_sample(page)
    page.context.set_offline(True)
    choose(page, "later.csv", sample_csv)
    item = page.locator(".files li").filter(has_text="later.csv")
    expect(item).to_contain_text("waiting for the forecaster")
    expect(item).to_have_attribute("data-phase", "waiting")


def test_a_problem_is_read_out_once_and_whole(page, sample_csv):
    record_speech(page, ".problem-said")
    choose(page, "short.csv", b"\n".join(sample_csv.splitlines()[:20]))
    expect(page.locator(".problem")).to_be_visible()
    (said,) = page.evaluate("window.said")
    assert said.startswith("The CSV cannot be used. One thing in short.csv")
    assert "What to do" in said
    assert page.locator(".problem[role=alert], .problem [role=alert]").count() == 0
    assert "short.csv could not" not in page.locator(".dropzone-said").text_content()


def test_a_table_that_does_not_scroll_is_no_stop_of_the_keyboard(page, sample_csv):
    choose(page, "bad.csv", sample_csv.rstrip(b"\n") + b"0x\n")
    expect(page.get_by_role("table", name=re.compile("^Line"))).to_be_visible()
    scroller = page.locator(".problem .scroller")
    expect(scroller).not_to_have_attribute("tabindex", "0")
    page.set_viewport_size({"width": 360, "height": 800})
    expect(scroller).to_have_attribute("tabindex", "0")
    expect(scroller).to_have_attribute("role", "group")


def test_attempts_without_an_answer_are_heard_of_once(page, sample_csv):
    attempts = []
    page.on("request", lambda request: "/predict" in request.url and attempts.append(request))
    refuse(page, times=2, status=429)
    choose(page, "patient.csv", sample_csv)
    said = page.locator(".dropzone-said p")
    expect(said).to_have_text(
        [
            "Forecasting from patient.csv.",
            "No answer yet. patient.csv will be sent again automatically.",
            "The forecast from patient.csv is ready.",
        ]
    )
    assert len(attempts) == 3


def test_of_several_files_each_end_is_heard(page, sample_csv):
    files = {
        "one.csv": sample_csv,
        "bad.csv": sample_csv.rstrip(b"\n") + b"0x\n",
        "three.csv": sample_csv,
    }
    page.set_input_files(
        ".dropzone input[type=file]",
        [
            {"name": name, "mimeType": "text/csv", "buffer": content}
            for name, content in files.items()
        ],
    )
    said = page.locator(".dropzone-said")
    for text in (
        "The forecast from one.csv is ready.",
        "No forecast could be made from bad.csv.",
        "The forecast from three.csv is ready.",
    ):
        expect(said).to_contain_text(text)


def test_a_failed_retraining_says_why_and_what_to_do(page):
    serve(page, trainer=FAILED)
    why = page.locator(".masthead-why")
    why.locator("summary").click()
    expect(why).to_contain_text("Load the data")
    expect(why.locator("[lang=en]")).to_have_text(FAILED["error"])
    expect(why).to_contain_text("make logs")
    serve(page, trainer=TRAINING)
    expect(why).to_be_hidden()


@pytest.mark.parametrize(
    ("version", "said"),
    [("19990101T000000Z-ffffffff", "older model"), ("20991231T000000Z-00000000", "newer model")],
)
def test_another_model_is_told_by_its_age(page, version, said):
    try_sample(page)
    record_speech(page, ".result-said")
    serve(page, model={"version": version})
    expect(page.locator(".result-newer")).to_contain_text(said)
    (spoken,) = page.evaluate("window.said")
    assert said in spoken


@pytest.mark.parametrize("script", ["app.js", "uPlot.iife.min.js"])
def test_a_page_whose_scripts_do_not_come_says_so(open_page, script):
    page = open_page(before=lambda page: page.route(f"**/{script}", lambda route: route.abort()))
    said = page.locator(".masthead-unstarted")
    expect(said).to_be_hidden()
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    expect(said).to_contain_text("could not be loaded")
