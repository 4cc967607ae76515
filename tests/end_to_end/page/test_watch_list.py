"""The view of the followed tickers, with simulated responses about them."""

import re

import pytest
from playwright.sync_api import expect

from ledger_answers import HELD, answer_ledger, loop_state
from page_actions import choose, look_again, problem
from visits import part

MANY = 5000


def open_watch_list(page, count=5, state=None):
    answer_ledger(page, count, state)
    page.get_by_role("link", name=re.compile("^(Watch-list|Acompanhamento)$")).click()
    expect(page.locator(".watch-intro h1").first).to_be_visible()


def rows(page):
    return page.locator(".watch-table tbody tr")


def tickers(page):
    return page.locator(".watch-table tbody th").all_inner_texts()


def part_of(page, name):
    return page.locator(f".watch-table [data-part={name}]")


def test_one_ticker_is_shown_with_its_forecast_and_the_last_result(page):
    open_watch_list(page, 1, loop_state())
    texts = ["AAPL", "XNYS", "Mar 4", "17.3M", "12.1M – 25.9M", "+25%", "–"]
    last = ["Mar 1", "17.3M", "27.6M", "−38%", "outside"]
    cells = rows(page).locator("th, td").all_inner_texts()
    assert [cell.replace("\u00a0", " ") for cell in cells] == texts + last
    expect(part_of(page, "market")).to_be_hidden()
    expect(page.locator(".watch-tile").first).to_contain_text("1 ticker followed")
    with page.expect_download() as download:
        part_of(page, "csv").click()
    _, row = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert row.startswith("AAPL,XNYS,2013-03-04,17256136,12079295,25884204,,2013-03-01,17256136,")
    assert page.failures == []


def test_the_views_have_addresses_and_the_browser_goes_back(page):
    forecast, watch_list = (
        page.get_by_role("link", name=name, exact=True) for name in ("Forecast", "Watch-list")
    )
    expect(forecast).to_have_attribute("aria-current", "page")
    open_watch_list(page, 5, loop_state())
    expect(watch_list).to_have_attribute("aria-current", "page")
    expect(page.locator(".dropzone")).to_be_hidden()
    expect(page).to_have_title("Watch-list – Stock Volume Predictor")
    page.get_by_role("link", name="T0003").click()
    expect(page).to_have_url(re.compile("#watch-list/T0003$"))
    page.go_back()
    expect(rows(page)).to_have_count(5)
    page.go_back()
    expect(page.locator(".dropzone")).to_be_visible()
    expect(forecast).to_have_attribute("aria-current", "page")
    page.go_forward()
    expect(rows(page)).to_have_count(5)


def test_thousands_of_tickers_are_sorted_filtered_searched_and_paged(page):
    open_watch_list(page, MANY, loop_state())
    count = part_of(page, "count")
    expect(count).to_have_text("5,000 of 5,000 tickers")
    expect(rows(page)).to_have_count(50)
    traded = page.get_by_role("button", name="Traded")
    traded.click()
    header = page.locator("th", has=traded)
    expect(header).to_have_attribute("aria-sort", "descending")
    highest = rows(page).first.locator("td").nth(8).inner_text()
    traded.click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    assert float(highest[:-1]) > float(rows(page).first.locator("td").nth(8).inner_text()[:-1])
    expect(traded).to_be_focused()
    part_of(page, "market").select_option("BVMF")
    expect(count).to_have_text("1,667 of 5,000 tickers")
    part_of(page, "next").click()
    expect(part_of(page, "where")).to_have_text("51–100 of 1,667")
    part_of(page, "search").fill("t49")
    expect(count).to_have_text("34 of 5,000 tickers")
    part_of(page, "search").fill("T4998 ")
    expect(part_of(page, "none")).to_be_visible()
    part_of(page, "market").select_option("")
    assert tickers(page) == ["T4998"]


def test_without_a_loop_the_page_says_how_to_start_it(page):
    open_watch_list(page)
    start = page.locator(".watch-start")
    expect(start.locator("pre")).to_have_text("docker compose --profile loop up -d")
    expect(page.locator(".watch-table")).to_be_hidden()
    expect(page.locator(".watch-summary")).to_be_hidden()


def test_a_held_delivery_awaited_prices_and_missed_sessions_are_shown(page):
    open_watch_list(page, 5, loop_state(HELD, awaited="2013-03-01", missed=3))
    notice = page.locator(".watch-notice")
    for text in ("Delivery 7", HELD["name"], HELD["reasons"][0]["text"]):
        expect(notice).to_contain_text(text)
    commands = ["make accept DELIVERY=7", "make refuse DELIVERY=7"]
    assert notice.locator("code").all_inner_texts() == commands
    worrying = page.locator(".watch-tile [data-worrying]").all_inner_texts()
    assert [text.replace("\n", " ") for text in worrying] == [
        "Sessions without a forecast 3",
        "Prices awaited Fri, Mar 1",
    ]


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        (problem(503, code="api_unavailable", params={}), "Forecaster not available"),
        (None, "The watch-list could not be loaded"),
    ],
)
def test_a_failed_request_is_shown_and_made_again(page, answer, title):
    def fail(route):
        if answer:
            route.fulfill(**answer)
        else:
            route.abort()

    open_watch_list(page, 5, loop_state())
    expect(rows(page)).to_have_count(5)
    page.route("**/forecasts?*", fail)
    look_again(page)
    shown = page.get_by_role("alert").filter(has_text=title)
    expect(shown).to_be_visible()
    expect(rows(page)).to_have_count(5)
    page.unroute("**/forecasts?*", fail)
    shown.get_by_role("button").click()
    expect(shown).to_be_hidden()


def test_the_list_is_fetched_again_every_minute_and_keeps_the_focus(page):
    page.clock.install()
    open_watch_list(page, 5, loop_state())
    link = page.get_by_role("link", name="T0003")
    link.focus()
    with page.expect_request("**/forecasts?*"):
        page.clock.fast_forward(60_000)
    answer_ledger(page, 4, loop_state())
    with page.expect_response("**/forecasts?*"):
        page.clock.fast_forward(60_000)
    expect(rows(page)).to_have_count(4)
    expect(link).to_be_focused()


def test_a_ticker_has_a_chart_with_its_models_and_its_scores(page):
    open_watch_list(page, 5, loop_state())
    page.get_by_role("link", name="AAPL").click()
    ticker = page.locator(".watch-ticker")
    expect(ticker.locator("h1")).to_be_focused()
    expect(ticker.locator(".forecast-next")).to_contain_text("9% below the mean")
    plot = ticker.locator(".chart-plot")
    expect(plot.locator("canvas")).to_be_visible()
    expect(ticker.locator(".chart-legend")).to_contain_text("New model")
    plot.focus()
    plot.press("Home")
    for _ in range(61):
        plot.press("ArrowRight")
    expect(plot).to_have_attribute("aria-valuetext", re.compile("new model, Traded"))
    ticker.locator(".chart-table summary").click()
    expect(ticker.locator(".chart-table tbody tr")).to_have_count(50)
    for name, first, count in (
        ("By model", "20261201T021650Z-6e8783aa", 2),
        ("By kind of day", "Ordinary day", 3),
        ("By month", "March 2013", 3),
    ):
        found = ticker.get_by_role("table", name=name).locator("tbody tr")
        expect(found).to_have_count(count)
        expect(found.first.locator("th")).to_have_text(first)
    expect(ticker).to_contain_text("Options expire, End of the month")
    expect(page.locator(".forecast-view .chart")).to_be_hidden()
    assert page.failures == []


def test_a_file_chosen_in_the_watch_list_opens_the_forecast(page, sample_csv):
    open_watch_list(page, 5, loop_state())
    choose(page, "prices.csv", sample_csv)
    expect(page.locator(".result-head h2")).to_have_text("Forecast from prices.csv")
    expect(page).to_have_url(re.compile("#forecast$"))


def test_a_ticker_is_opened_and_left_with_the_keyboard(visit):
    answer_ledger(visit.page, 60, loop_state())
    name = visit.text("Watch-list", "Acompanhamento")
    visit.press(visit.page.get_by_role("link", name=name, exact=True))
    expect(rows(visit.page)).to_have_count(50)
    if visit.is_english:  # on a narrow screen
        visit.press(part(visit, ".watch-table", "reverse"))
    else:
        visit.press(part(visit, ".watch-table", "head").get_by_role("button", name="Ativo"))
    link = visit.page.get_by_role("link", name="T0058")
    visit.press(link)
    title = visit.page.locator(".watch-ticker h1")
    expect(title).to_be_focused()
    expect(visit.page.locator(".watch-ticker .chart canvas")).to_be_visible()
    visit.expect_in_order()
    back = visit.text("All followed tickers", "Todos os ativos acompanhados")
    visit.page.keyboard.press("Shift+Tab")
    expect(visit.page.get_by_role("link", name=back)).to_be_focused()
    visit.page.keyboard.press("Enter")
    expect(link).to_be_focused()
