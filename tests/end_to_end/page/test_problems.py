"""How the page shows problems with a file that cannot be used."""

import re

import pytest
from playwright.sync_api import expect

from csv_changes import with_bad_volumes, with_unclear_dates
from page_actions import choose, record_announcements, try_sample


def test_a_bad_cell_is_shown_with_its_row_and_column(page, sample_csv):
    bad = with_bad_volumes(sample_csv)
    with page.expect_response(lambda response: "/predict" in response.url) as answered:
        choose(page, "bad.csv", bad)
    problem = answered.value.json()
    panel = page.locator(".problem")
    expect(panel).to_be_visible()
    expect(panel).to_contain_text("The file cannot be used")
    expect(panel).to_contain_text(problem["request_id"])
    first = problem["errors"][0]
    expect(panel.locator(".problem-list li").first).to_contain_text(
        f"Line {first['row']}, column Volume: {first['problem']}"
    )
    row = bad.decode().splitlines()[first["row"] - 1].split(",")
    expect(panel.locator("table").first.locator("tbody td")).to_have_text(row)
    expect(panel.locator("mark").first).to_have_text("plenty")
    expect(page.locator(".result")).to_be_hidden()


def test_a_lost_connection_keeps_the_previous_forecast(page, sample_csv):
    try_sample(page)
    before = page.locator(".forecast-volume").inner_text()
    page.route("**/predict*", lambda route: route.abort())
    choose(page, "later.csv", sample_csv)
    expect(page.locator(".problem")).to_contain_text("could not be reached")
    expect(page.locator(".result")).to_be_visible()
    expect(page.locator(".result-head h2")).to_have_text("Forecast from sample.csv")
    assert page.locator(".forecast-volume").inner_text() == before


def test_a_problem_is_shown_in_the_language_of_the_page(open_page, sample_csv):
    page = open_page(locale="pt-BR")
    choose(page, "bad.csv", with_bad_volumes(sample_csv))
    expect(page.locator(".problem")).to_contain_text("esperava-se um número")


@pytest.mark.parametrize(
    ("locale", "advice"), [("en-US", "without a password"), ("pt-BR", "sem senha")]
)
def test_a_broken_workbook_gets_the_advice_to_save_it_again(open_page, locale, advice):
    page = open_page(locale=locale)
    choose(page, "prices.xlsx", b"PK\x03\x04" + bytes(100))
    expect(page.locator(".problem-remedies")).to_contain_text(advice)
    expect(page.locator(".problem [lang=en]")).to_have_count(0)


def test_the_same_problem_in_another_file_is_announced_too(page):
    record_announcements(page, ".problem-announcement")
    for _ in range(2):
        page.get_by_role("button", name="Paste").click()
        page.locator("#dropzone-pasted").fill(" ")
        page.locator(".dropzone-pasting [type=submit]").click()
        expect(page.locator(".problem")).to_contain_text("nothing to forecast from")
    page.wait_for_function("window.announced.length >= 2")


def test_a_problem_is_announced_once_and_in_full(page, sample_csv):
    record_announcements(page, ".problem-announcement")
    choose(page, "short.csv", b"\n".join(sample_csv.splitlines()[:20]))
    expect(page.locator(".problem")).to_be_visible()
    (announced,) = page.evaluate("window.announced")
    assert announced.startswith("The file cannot be used. One thing in short.csv")
    assert "What to do" in announced
    assert page.locator(".problem[role=alert], .problem [role=alert]").count() == 0
    assert "short.csv could not" not in page.locator(".dropzone-announcements").text_content()


def test_a_doubt_is_announced_with_its_question(page, sample_csv):
    record_announcements(page, ".problem-announcement")
    choose(page, "unclear.csv", with_unclear_dates(sample_csv))
    expect(page.locator(".problem-choice")).to_have_count(2)
    (announced,) = page.evaluate("window.announced")
    assert announced.startswith("How is unclear.csv written?")
    assert "can be read in several orders" in announced


def test_a_table_gets_the_keyboard_focus_only_if_it_scrolls(page, sample_csv):
    choose(page, "bad.csv", with_bad_volumes(sample_csv))
    expect(page.get_by_role("table", name=re.compile("^Line")).first).to_be_visible()
    scroller = page.locator(".problem .scroller").first
    expect(scroller).not_to_have_attribute("tabindex", "0")
    page.set_viewport_size({"width": 360, "height": 800})
    expect(scroller).to_have_attribute("tabindex", "0")
    expect(scroller).to_have_attribute("role", "group")
