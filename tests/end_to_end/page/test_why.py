"""The panel "Why": the sentences and the bars of a forecast's reasons."""

import math
import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from page_actions import choose, try_sample
from visits import part

USUAL = 33_100_000
UNITS = {"": 1, "K": 1000, "M": 1_000_000, "B": 1_000_000_000}
LOGS = {"options_expiry": 0.198, "friday": 0.004, "memory": -0.062, "market": -0.021, "lstm": 0.005}
ENGLISH = [
    "Usual volume 33.10M",
    "Options expire: +22% +7.25M",
    "Past volumes point to less: −6% −2.43M",
    "The rest of the market was calm: −2% −790K",
    "Other: +1% +340K",
    "Forecast: +13% 37.47M",
]
PORTUGUESE = [
    "Volume usual 33,10 mi",
    "Vencimento de opções: +22% +7,25 mi",
    "Os volumes passados indicam menos: −6% −2,43 mi",
    "O resto do mercado estava calmo: −2% −790 mil",
    "Outros: +1% +340 mil",
    "Previsão: +13% 37,47 mi",
]


def explained(prediction, logs):
    parts = [{"of": of, "log": log, "change": math.expm1(log)} for of, log in logs.items()]
    volume = USUAL * math.exp(sum(logs.values()))
    return {**prediction, "volume": volume, "reasons": {"usual_volume": USUAL, "parts": parts}}


def answer_with(page, answer, *predictions):
    """Simulate the next response to a file with these predictions."""
    changed = {**answer, "predictions": list(predictions)}
    page.route("**/predict*", lambda route: route.fulfill(json=changed))


def await_explained(page):
    """Wait until the panel shows a simulated forecast instead of the one before."""
    expect(page.locator(".why-steps li").first).to_contain_text(re.compile(r"33[.,]1"))


def lines(page):
    shown = page.locator(".why-steps li").all_inner_texts()
    return [" ".join(re.sub(r"\b(shares|ações)\b", "", line).split()) for line in shown]


def shares(line):
    """The number at the end of a line: '−710K' is −710,000."""
    sign, digits, unit = re.search(r"([+−]?)([\d.]+)([KMB]?)$", line).groups()
    return int(f"{sign.replace('−', '-')}1") * Decimal(digits) * UNITS[unit]


def bars(page):
    """The left and right edges of each bar, in pixels."""
    boxes = [bar.bounding_box() for bar in page.locator(".why-bar rect").all()]
    return [(box["x"], box["x"] + box["width"]) for box in boxes]


def test_the_sample_shows_why_for_the_next_session(page):
    answer = try_sample(page)
    reasons = answer["predictions"][0]["reasons"]
    assert reasons["parts"]
    expect(page.locator(".why")).to_be_visible()
    assert page.locator(".why h3").inner_text().startswith("Why: ")
    shown = lines(page)
    assert shown[0].startswith("Usual volume ")
    assert shown[-1].startswith("Forecast: ")
    matter = [each for each in reasons["parts"] if abs(each["change"]) >= 0.01]
    assert len(shown) in (len(matter) + 2, len(matter) + 3)
    expect(page.locator(".forecast-why")).to_be_hidden()


def test_the_lines_add_up_to_the_forecast_as_shown(page):
    answer = try_sample(page)
    for index in range(len(answer["predictions"])):
        page.locator(".why-sessions label").nth(index).click()
        *parts, forecast = map(shares, lines(page))
        assert sum(parts) == forecast


@pytest.mark.parametrize(("tag", "expected"), [("en", ENGLISH), ("pt-BR", PORTUGUESE)])
def test_each_reason_is_a_sentence_and_the_largest_comes_first(page, sample_csv, tag, expected):
    answer = try_sample(page)
    page.get_by_label("Language").select_option(tag)
    answer_with(page, answer, explained(answer["predictions"][0], LOGS))
    choose(page, "prices.csv", sample_csv)
    await_explained(page)
    assert lines(page) == expected
    expect(page.locator(".why-sessions")).to_be_hidden()


def test_the_bars_lead_from_the_usual_volume_to_the_forecast(page, sample_csv):
    answer = try_sample(page)
    answer_with(page, answer, explained(answer["predictions"][0], LOGS))
    choose(page, "prices.csv", sample_csv)
    await_explained(page)
    usual, expiry, memory, market, other, forecast = bars(page)
    assert usual[0] == pytest.approx(forecast[0], abs=1)
    assert expiry[0] == pytest.approx(usual[1], abs=1)
    assert memory[1] == pytest.approx(expiry[1], abs=1)
    assert market[1] == pytest.approx(memory[0], abs=1)
    assert other[0] == pytest.approx(market[0], abs=1)
    assert forecast[1] == pytest.approx(other[1], abs=1)


def test_another_session_is_chosen_with_the_keyboard(visit):
    visit.try_sample()
    title = part(visit, ".why", "title")
    first = title.inner_text()
    visit.press(visit.page.locator(".why-sessions input").first, "ArrowRight")
    second = visit.page.locator(".why-sessions input").nth(1)
    expect(second).to_be_checked()
    expect(second).to_be_focused()
    expect(title).not_to_have_text(first)


def test_the_chosen_session_stays_when_the_language_changes(page):
    try_sample(page)
    page.locator(".why-sessions label").nth(2).click()
    page.get_by_label("Language").select_option("pt-BR")
    expect(page.locator(".why h3")).to_contain_text("Por quê: ")
    expect(page.locator(".why-sessions input").nth(2)).to_be_checked()


def test_a_forecast_without_reasons_lists_the_calendar_only(page, sample_csv):
    answer = try_sample(page)
    (first, *_) = answer["predictions"]
    plain = {name: value for name, value in first.items() if name != "reasons"}
    answer_with(page, answer, {**plain, "calendar": ["options_expiry"]})
    choose(page, "prices.csv", sample_csv)
    expect(page.locator(".forecast-why")).to_contain_text("Options expire")
    expect(page.locator(".why")).to_be_hidden()


def test_rows_of_windows_have_no_panel(page, sample_csv):
    answer = try_sample(page)
    row = {**explained(answer["predictions"][0], LOGS), "ticker": None, "session": None}
    windows = {**answer, "input": {**answer["input"], "kind": "windows"}, "track_record": []}
    answer_with(page, windows, row, row)
    choose(page, "windows.csv", sample_csv)
    expect(page.locator(".forecast-volume")).to_be_visible()
    expect(page.locator(".why")).to_be_hidden()


@pytest.mark.parametrize("locale", ["en-US", "pt-BR"])
def test_the_panel_fits_on_a_small_phone(open_page, locale):
    page = open_page(lambda page: page.set_viewport_size({"width": 320, "height": 640}), locale)
    page.locator("[data-part=sample]").click()
    expect(page.locator(".why")).to_be_visible()
    room = page.locator(".why").bounding_box()
    for item in page.locator(".why-steps li, .why-sessions label").all():
        box = item.bounding_box()
        assert box["x"] + box["width"] <= room["x"] + room["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_bars_up_and_down_differ_in_forced_colors(page, sample_csv, scheme):
    answer = try_sample(page)
    page.emulate_media(forced_colors="active", color_scheme=scheme)
    answer_with(page, answer, explained(answer["predictions"][0], LOGS))
    choose(page, "prices.csv", sample_csv)
    await_explained(page)
    up, down = (
        page.locator(f".why-{kind}").first.evaluate("bar => getComputedStyle(bar).fill")
        for kind in ("more", "less")
    )
    assert up != down


def test_the_panel_is_printed_without_its_controls(page):
    try_sample(page)
    page.emulate_media(media="print")
    expect(page.locator(".why-steps")).to_be_visible()
    expect(page.locator(".why-sessions")).to_be_hidden()
