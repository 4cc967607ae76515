"""How a file was read: questions about it, and the panel, in both languages on both screens."""

import re

from playwright.sync_api import expect

from csv_changes import as_workbook, in_portuguese, with_unclear_dates
from visits import part


def test_a_file_with_a_doubt_is_forecast_after_one_choice(visit, sample_csv):
    visit.choose(("unclear.csv", with_unclear_dates(sample_csv)))
    panel = visit.page.locator(".problem")
    expect(panel).to_contain_text(
        visit.text("How is unclear.csv written?", "Como unclear.csv está escrito?")
    )
    name = visit.text("Day first", "Dia primeiro")
    with visit.page.expect_request("**/predict*dates=day-first*"):
        visit.press(panel.get_by_role("button", name=re.compile(f"^{name}")))
    visit.expect_result("unclear.csv")


def test_a_choice_is_kept_when_the_file_is_sent_again(visit, sample_csv):
    visit.choose(("unclear.csv", with_unclear_dates(sample_csv)))
    choice = visit.page.locator(".problem-choice").first
    expect(choice).to_be_visible()
    visit.page.route("**/predict*", lambda route: route.abort())
    visit.press(choice)
    again = part(visit, ".problem", "again")
    expect(again).to_be_visible()
    visit.page.unroute("**/predict*")
    visit.press(again)
    visit.expect_result("unclear.csv")


def test_the_reading_of_a_file_is_shown_and_changed(visit, sample_csv):
    visit.choose(("cotacoes.csv", in_portuguese(sample_csv)))
    visit.expect_result("cotacoes.csv")
    volume = visit.page.locator(".forecast-volume")
    expect(volume).to_contain_text(visit.text("million", "milhões"))
    panel = visit.page.locator(".reading")
    visit.press(panel.locator("summary"))
    for text in ("Fechamento", "Quantidade", visit.text("Decimal comma", "Vírgula decimal")):
        expect(panel).to_contain_text(text)
    unit = panel.get_by_label(visit.text("Unit of the volume", "Unidade do volume"))
    visit.reach(unit)
    unit.select_option("lots-1000")
    expect(volume).to_contain_text(visit.text("billion", "bilhões"))
    expect(unit).to_have_value("lots-1000")
    expect(unit).to_be_focused()


def test_another_sheet_of_a_workbook_is_chosen(visit, sample_csv):
    visit.choose(("book.xlsx", as_workbook(sample_csv, ("AAPL", "Copy"))))
    visit.expect_result("book.xlsx")
    visit.press(visit.page.locator(".reading summary"))
    sheet = part(visit, ".reading", "sheet")
    expect(sheet).to_have_value("AAPL")
    sheet.select_option("Copy")
    expect(part(visit, ".reading", "form")).to_contain_text("Copy")
    expect(sheet).to_have_value("Copy")


def test_a_refused_choice_leaves_the_forecast_as_it_was(visit, sample_csv):
    visit.choose(("cotacoes.csv", in_portuguese(sample_csv)))
    visit.expect_result("cotacoes.csv")
    before = visit.page.locator(".forecast-volume").inner_text()
    visit.press(visit.page.locator(".reading summary"))
    encoding = part(visit, ".reading", "encoding")
    encoding.select_option("shift_jis")
    expect(visit.page.locator(".problem")).to_contain_text("shift_jis")
    expect(encoding).to_have_value("cp1252")
    visit.press(part(visit, ".problem", "close"))
    assert visit.page.locator(".forecast-volume").inner_text() == before
