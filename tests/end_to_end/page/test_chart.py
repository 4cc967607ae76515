"""The chart with its ticker list, tables and exports."""

import base64
import csv
import io
import struct

import pytest
from playwright.sync_api import expect

from page_actions import choose, look_again, problem
from running_stack import REPOSITORY

COLOR_OF = "name => getComputedStyle(document.querySelector(name)).color"
# Counts the pixels in an image whose color is close to the color of a line in the legend.
PIXELS_OF_A_LINE = """async ([source, key]) => {
  const color = getComputedStyle(document.querySelector(key)).color;
  const [red, green, blue] = color.match(/\\d+/g).map(Number);
  const picture = Object.assign(new Image(), { src: source });
  await picture.decode();
  const { width, height } = picture;
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  canvas.getContext('2d').drawImage(picture, 0, 0);
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    const distance =
      Math.abs(data[i] - red) + Math.abs(data[i + 1] - green) + Math.abs(data[i + 2] - blue);
    count += distance < 30;
  }
  return count;
}"""
LARGE_BYTES = 1024 * 1024  # for larger files, the page requests only a few past sessions


@pytest.fixture
def page(open_page):
    """A page that must not log errors during the test."""
    page = open_page()
    yield page
    assert page.failures == []


@pytest.fixture(scope="session")
def several_csv():
    """AAPL, FB, GOOG, IBM and MSFT."""
    return (REPOSITORY / "data" / "raw" / "stocks.csv").read_bytes()


@pytest.fixture(scope="session")
def large_csv(sample_csv):
    """The sample's rows, repeated for many tickers."""
    head, *rows = sample_csv.decode().splitlines()
    at = head.lower().split(",").index("ticker")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head.split(","))
    for number in range(2 * LARGE_BYTES // len(sample_csv)):
        for cells in csv.reader(rows):
            cells[at] = f"T{number:03}"
            writer.writerow(cells)
    return text.getvalue().encode()


def forecast(page, name, content):
    with page.expect_response(lambda response: "/predict" in response.url) as answered:
        choose(page, name, content)
    expect(page.locator(".chart canvas")).to_be_visible()
    return answered.value.json()


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def saved(page, button):
    with page.expect_download() as download:
        button.click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def value(page):
    return page.locator(".chart-plot").get_attribute("aria-valuetext")


def test_the_arrow_keys_read_exact_values(page, sample_csv):
    answer = forecast(page, "sample.csv", sample_csv)
    last = answer["track_record"][0]["points"][-1]
    page.locator(".chart-plot").focus()
    press(page, "End")
    assert "Traded" not in value(page)
    press(page, *["ArrowLeft"] * len(answer["predictions"]))
    assert f"Traded {last['actual']:,.0f}" in value(page)
    expect(page.locator(".chart-readout")).to_contain_text(f"{last['predicted']:,.0f}")


def test_the_keyboard_zooms_in_on_the_selected_session_and_back_out(page, sample_csv):
    forecast(page, "sample.csv", sample_csv)
    page.locator(".chart-plot").focus()
    wider = page.get_by_role("button", name="Zoom out")
    expect(wider).to_have_attribute("aria-disabled", "true")
    before = value(page)
    press(page, "+", "+")
    expect(wider).to_have_attribute("aria-disabled", "false")
    assert value(page) == before
    press(page, "Home")
    expect(page.get_by_role("button", name="Earlier sessions")).to_have_attribute(
        "aria-disabled", "true"
    )
    press(page, "0")
    expect(wider).to_have_attribute("aria-disabled", "true")


def test_dragging_zooms_and_a_double_click_shows_all(page, sample_csv):
    forecast(page, "sample.csv", sample_csv)
    over = page.locator(".chart-plot .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 100, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, middle, steps=5)
    page.mouse.up()
    later = page.get_by_role("button", name="Later sessions")
    expect(later).to_have_attribute("aria-disabled", "false")
    page.mouse.dblclick(box["x"] + 200, middle)
    expect(later).to_have_attribute("aria-disabled", "true")


def test_a_logarithmic_scale_changes_the_drawing(page, sample_csv):
    forecast(page, "sample.csv", sample_csv)
    linear = page.locator(".chart-plot").screenshot()
    page.locator(".chart-scale").get_by_text("Logarithmic").click()
    expect(page.get_by_role("radio", name="Logarithmic")).to_be_checked()
    page.wait_for_timeout(200)
    assert page.locator(".chart-plot").screenshot() != linear


def test_the_chart_s_table_lists_every_session_newest_first(page, sample_csv):
    answer = forecast(page, "sample.csv", sample_csv)
    page.locator(".chart-table summary").click()
    rows = page.locator(".chart-table tbody tr")
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text(f"{answer['predictions'][-1]['volume']:,.0f}")
    count = len(answer["track_record"][0]["points"]) + len(answer["predictions"])
    expect(page.locator(".chart-table .pages")).to_contain_text(f"1–50 of {count}")
    page.locator(".chart-table").get_by_role("button", name="Next").click()
    expect(page.locator(".chart-table .pages")).to_contain_text(f"51–100 of {count}")


def test_the_next_button_stays_in_place_on_a_shorter_page(page, sample_csv):
    forecast(page, "sample.csv", sample_csv)
    page.locator(".chart-table summary").click()
    button = page.locator(".chart-table").get_by_role("button", name="Next")
    where = page.locator(".chart-table .pages")
    for _ in range(4):
        button.click()
    expect(where).to_contain_text("201–250")
    before = button.bounding_box()
    button.click()
    expect(where).to_contain_text("251–")
    assert button.bounding_box()["y"] == pytest.approx(before["y"], abs=1)


def test_the_printed_chart_is_complete_and_in_light_colors(page, sample_csv):
    page.emulate_media(color_scheme="dark")
    forecast(page, "sample.csv", sample_csv)
    in_dark = page.evaluate(COLOR_OF, ".swatch.actual")
    page.emulate_media(color_scheme="dark", media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.set_viewport_size({"width": 720, "height": 1000})
    assert page.evaluate(COLOR_OF, ".swatch.actual") != in_dark
    canvas, card = (
        page.locator(".chart canvas").bounding_box(),
        page.locator(".chart").bounding_box(),
    )
    assert card["x"] <= canvas["x"]
    assert canvas["x"] + canvas["width"] <= card["x"] + card["width"]
    expect(page.locator(".dropzone")).to_be_hidden()


def test_the_lines_differ_under_forced_colors(page, sample_csv):
    page.emulate_media(forced_colors="active")
    forecast(page, "sample.csv", sample_csv)
    colors = [
        page.evaluate(COLOR_OF, f".swatch.{line}")
        for line in ("actual", "predicted", "band", "coming")
    ]
    assert len(set(colors)) == len(colors)


def test_a_zoom_is_announced_to_screen_readers(page, sample_csv):
    forecast(page, "sample.csv", sample_csv)
    announced = page.locator(".chart [data-part=announcement]")
    expect(announced).to_be_empty()
    page.get_by_role("button", name="Zoom in").click()
    expect(announced).to_contain_text("2012\u00a0– Wednesday, March 6, 2013")


def test_the_chart_s_values_are_saved_as_csv(page, sample_csv):
    answer = forecast(page, "my prices.csv", sample_csv)
    name, content = saved(page, page.locator(".chart").get_by_role("button", name="Save CSV"))
    assert name == "my_prices-AAPL-volume.csv"
    head, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert head == ["Ticker", "Session", "Traded", "Forecast", "Range from", "Range to"]
    assert len(rows) == len(answer["track_record"][0]["points"]) + len(answer["predictions"])
    last = answer["predictions"][-1]
    assert rows[-1][:4] == ["AAPL", last["session"], "", str(round(last["volume"]))]


def test_in_portuguese_the_csv_has_semicolons_and_decimal_commas(page, sample_csv):
    page.get_by_label("Language").select_option("pt-BR")
    forecast(page, "sample.csv", sample_csv)
    _, content = saved(page, page.locator(".chart").get_by_role("button", name="Salvar CSV"))
    head, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    assert head == [
        "Ativo",
        "Pregão",
        "Negociado",
        "Previsto",
        "Mínimo da faixa",
        "Máximo da faixa",
    ]
    assert {len(row) for row in rows} == {len(head)}


def test_a_ticker_that_is_a_formula_is_saved_as_text(page, sample_csv):
    forecast(page, "sample.csv", sample_csv.replace(b"AAPL,", b"=1+1,"))
    _, content = saved(page, page.locator(".predictions").get_by_role("button", name="Save CSV"))
    _, row, *_ = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert row[0] == "'=1+1"


def test_the_chart_is_saved_as_a_picture_with_title_and_legend(page, sample_csv):
    forecast(page, "sample.csv", sample_csv)
    name, content = saved(page, page.get_by_role("button", name="Save PNG"))
    assert name == "sample-AAPL-volume.png"
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    assert width == 960 + 2 * 20  # equally wide on a phone
    assert height > page.evaluate("document.querySelector('.chart canvas').height") + 80
    assert (
        page.evaluate(
            PIXELS_OF_A_LINE,
            ["data:image/png;base64," + base64.b64encode(content).decode(), ".swatch.predicted"],
        )
        > 500
    )


def test_leaving_the_ticker_list_keeps_the_ticker(page, several_csv):
    forecast(page, "stocks.csv", several_csv)
    field = page.get_by_role("combobox", name="Ticker")
    field.focus()
    press(page, "ArrowDown", "ArrowDown")
    expect(page.locator(".tickers").get_by_role("option", selected=True)).to_have_text("FB")
    press(page, "Escape")
    expect(field).to_have_value("AAPL")
    page.keyboard.type("nothing")
    expect(page.locator(".tickers-none")).to_be_visible()
    press(page, "Tab")
    expect(field).to_have_value("AAPL")


def test_a_ticker_in_the_table_links_to_its_chart(page, several_csv):
    forecast(page, "stocks.csv", several_csv)
    page.locator(".predictions tbody").get_by_role("link", name="MSFT").first.click()
    expect(page.get_by_role("combobox", name="Ticker")).to_have_value("MSFT")
    expect(page.locator(".chart h3")).to_be_in_viewport()
    expect(page.locator(".chart h3")).to_be_focused()


def test_a_ticker_of_a_large_file_gets_all_its_past_sessions(page, large_csv):
    sent = []
    page.on("request", lambda request: "/predict" in request.url and sent.append(request))
    answer = forecast(page, "large.csv", large_csv)
    assert len(answer["track_record"][0]["points"]) < answer["track_record"][0]["sessions"]
    count = answer["track_record"][0]["sessions"] + 5
    page.locator(".chart-table summary").click()
    expect(page.locator(".chart-table .pages")).to_contain_text(f"of {count}")
    page.locator(".tickers").get_by_role("button", name="Next ticker").click()
    expect(page.locator(".chart h3")).to_contain_text("T001")
    expect(page.locator(".chart-table .pages")).to_contain_text(f"of {count}")
    assert len(sent) == 3


def test_failed_past_sessions_can_be_fetched_again(page, large_csv):
    page.route(
        "**/predict*points=250*",
        lambda route: route.fulfill(**problem(503)),
    )
    forecast(page, "large.csv", large_csv)
    again = page.locator(".chart").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.unroute("**/predict*points=250*")
    again.click()
    expect(again).to_be_hidden()
    page.failures.clear()  # the browser logs the failed request


def test_failed_past_sessions_are_fetched_once_the_api_is_back(page, large_csv):
    page.route("**/predict*points=250*", lambda route: route.abort())
    forecast(page, "large.csv", large_csv)
    note = page.locator(".chart-past")
    expect(note).to_contain_text("could not be fetched")
    page.route("**/model", lambda route: route.abort())
    look_again(page)
    expect(page.locator(".masthead-notice")).to_contain_text("isn't responding")
    page.unroute("**/predict*points=250*")
    page.unroute("**/model")
    expect(note).to_be_hidden(timeout=10_000)
    page.failures.clear()  # the browser logs lost connections
