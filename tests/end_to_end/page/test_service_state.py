"""How the page shows the state of the API and of the trainer, and a visit without problems."""

import pytest
from playwright.sync_api import expect

from page_actions import answer_model, choose, look_again, problem, serve, try_sample
from visits import FAILED, TRAINING


def test_a_healthy_visit_logs_no_error_and_stays_on_its_origin(page, base_url):
    try_sample(page)
    page.wait_for_timeout(500)
    assert page.failures == []
    assert page.origins == {base_url.rstrip("/")}


def test_a_failed_first_training_shows_the_reason_and_the_remedy(open_page):
    page = open_page(before=lambda page: answer_model(page, trainer=FAILED))
    panel = page.locator(".training")
    expect(panel).to_contain_text(FAILED["error"])
    expect(panel).to_contain_text("make train")


def test_a_failed_retraining_shows_the_reason_and_the_remedy(page):
    serve(page, trainer=FAILED)
    why = page.locator(".masthead-why")
    why.locator("summary").click()
    expect(why).to_contain_text("Load the data")
    expect(why.locator("[lang=en]")).to_have_text(FAILED["error"])
    expect(why).to_contain_text("make logs")
    serve(page, trainer=TRAINING)
    expect(why).to_be_hidden()


def test_an_unavailable_api_is_shown_in_one_line_until_it_is_back(open_page):
    away = problem(503, code="api_unavailable", params={})
    page = open_page(
        before=lambda page: page.route("**/model", lambda route: route.fulfill(**away))
    )
    notice = page.locator(".masthead-notice")
    expect(notice).to_contain_text("isn't responding")
    page.unroute("**/model")
    expect(notice).to_be_hidden(timeout=5000)
    expect(page.locator(".masthead-status")).to_contain_text("Ready")


def test_a_file_lost_once_is_sent_again_at_the_next_check(page, sample_csv):
    page.route("**/predict*", lambda route: route.abort(), times=1)
    choose(page, "lost.csv", sample_csv)
    expect(page.locator(".problem")).to_contain_text("will be sent again")
    look_again(page)
    expect(page.locator(".result-head h2")).to_have_text("Forecast from lost.csv")


def test_a_file_waits_while_the_service_is_away(page, sample_csv):
    try_sample(page)
    page.context.set_offline(True)
    choose(page, "later.csv", sample_csv)
    item = page.locator(".files li").filter(has_text="later.csv")
    expect(item).to_contain_text("waiting for the forecaster")
    expect(item).to_have_attribute("data-phase", "waiting")


@pytest.mark.parametrize("script", ["app.js", "uPlot.iife.min.js"])
def test_a_page_without_its_scripts_says_so(open_page, script):
    page = open_page(before=lambda page: page.route(f"**/{script}", lambda route: route.abort()))
    notice = page.locator(".masthead-unstarted")
    expect(notice).to_be_hidden()
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    expect(notice).to_contain_text("could not be loaded")
