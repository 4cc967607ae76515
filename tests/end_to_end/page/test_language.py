"""English and Portuguese."""

from playwright.sync_api import expect

from page_actions import try_sample


def test_a_browser_that_prefers_portuguese_gets_portuguese(open_page):
    page = open_page(locale="pt-BR")
    expect(page.locator("h1")).to_have_text("Quanto será negociado no próximo pregão?")
    assert page.evaluate("document.documentElement.lang") == "pt-BR"


def test_switching_the_language_keeps_the_result_and_is_remembered(page):
    try_sample(page)
    page.locator(".trust-card summary").click()
    page.get_by_label("Language").select_option("pt-BR")
    expect(page.locator(".result-head h2")).to_have_text("Previsão de sample.csv")
    expect(page.locator(".forecast-volume")).to_contain_text("ações")
    assert page.locator(".trust-card").evaluate("card => card.open")
    page.reload()
    expect(page.locator("h1")).to_have_text("Quanto será negociado no próximo pregão?")
