"""How the page shows a forecast."""

import re

import pytest
from playwright.sync_api import expect

from page_actions import choose, record_announcements, serve, try_sample

# Counts the pixels in the chart whose color is close to the color of a line in the legend.
PIXELS_OF_A_LINE = """key => {
  const color = getComputedStyle(document.querySelector(key)).color;
  const [red, green, blue] = color.match(/\\d+/g).map(Number);
  const canvas = document.querySelector('.chart canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    const distance =
      Math.abs(data[i] - red) + Math.abs(data[i + 1] - green) + Math.abs(data[i + 2] - blue);
    count += data[i + 3] > 200 && distance < 30;
  }
  return count;
}"""


THREE_DIGITS = """volume => new Intl.NumberFormat('en', {
  notation: 'compact', compactDisplay: 'long',
  minimumSignificantDigits: 3, maximumSignificantDigits: 3,
}).format(volume)"""


def test_the_sample_gives_a_headline_for_the_next_session(page):
    answer = try_sample(page)
    headline = page.locator(".forecast-volume")
    expect(headline).to_contain_text("shares")
    rounded = page.evaluate(THREE_DIGITS, answer["predictions"][0]["volume"])
    expect(headline).to_contain_text(rounded)


def test_the_headline_compares_with_the_usual_volume(page):
    answer = try_sample(page)
    usual = answer["predictions"][0]["reasons"]["usual_volume"]
    mean = f"the mean of the last 22 sessions ({page.evaluate(THREE_DIGITS, usual)})"
    expect(page.locator(".forecast [data-part=change]")).to_contain_text(mean)


def test_the_sample_gives_a_table_of_every_prediction(page):
    answer = try_sample(page)
    rows = page.locator(".predictions tbody tr")
    expect(rows).to_have_count(min(50, len(answer["predictions"])))
    expect(rows.first).to_contain_text(f"{answer['predictions'][0]['volume']:,.0f}")


@pytest.mark.parametrize("locale", ["en-US", "pt-BR"])
def test_the_table_of_predictions_fits_on_a_phone(open_page, locale):
    page = open_page(lambda page: page.set_viewport_size({"width": 360, "height": 800}), locale)
    page.locator("[data-part=sample]").click()
    expect(page.locator(".predictions tbody tr").first).to_be_visible()
    scroller = page.locator(".predictions .scroller")
    assert scroller.evaluate("element => element.scrollWidth - element.clientWidth") == 0


def test_the_sample_gives_a_chart_with_both_lines(page):
    try_sample(page)
    expect(page.locator(".chart canvas")).to_be_visible()
    for line in ("actual", "predicted"):
        assert page.evaluate(PIXELS_OF_A_LINE, f".swatch.{line}") > 50


def test_the_chart_shows_past_sessions_with_the_traded_volume(page):
    answer = try_sample(page)
    assert len(answer["track_record"][0]["points"]) > 20
    plot = page.locator(".chart-plot")
    plot.focus()
    page.keyboard.press("Home")
    expect(page.locator(".chart-readout")).to_contain_text("Traded")
    page.keyboard.press("End")
    expect(page.locator(".chart-readout")).not_to_contain_text("Traded", use_inner_text=True)


def test_the_result_shows_its_accuracy_and_its_model(page):
    answer = try_sample(page)
    record = answer["track_record"][0]
    expect(page.locator(".trust-summary")).to_contain_text(f"last {record['sessions']} sessions")
    expect(page.locator(".trust-summary")).to_contain_text(
        re.compile(r"\d+% of the volumes fell within")
    )
    expect(page.locator(".result-model")).to_contain_text(answer["model"]["version"])


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


def test_a_severe_warning_is_open_among_many_warnings(page, sample_csv):
    head, *rows = sample_csv.decode().splitlines()
    weekly = [f"{row},x" for row in rows[::5]]
    choose(page, "weekly.csv", "\n".join([f"{head},Name", *weekly]).encode())
    expect(page.locator(".forecast-warnings")).to_contain_text("has a usable row only about every")
    expect(page.locator(".forecast-warnings li").first).to_be_visible()


@pytest.mark.parametrize(
    ("version", "text"),
    [("19990101T000000Z-ffffffff", "older model"), ("20991231T000000Z-00000000", "newer model")],
)
def test_an_older_or_newer_model_is_announced_as_such(page, version, text):
    try_sample(page)
    record_announcements(page, ".result-announcement")
    serve(page, model={"version": version})
    expect(page.locator(".result-newer")).to_contain_text(text)
    (announced,) = page.evaluate("window.announced")
    assert text in announced
