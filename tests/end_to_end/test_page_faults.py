"""The page while things go wrong behind it, with the real containers: nothing is lost, and it recovers by itself."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from running_stack import of_tickers
from visits import visit

RECOVERY = 60_000  # milliseconds: a container starts, and nginx learns its new address
VIEWS = {"en_wide": ("en-US", 1440), "pt_phone": ("pt-BR", 360)}
RESULT_OF = {"en_wide": "Forecast from {}", "pt_phone": "Previsão de {}"}


@pytest.fixture(params=VIEWS)
def page(request, stack, browser, base_url):
    locale, width = VIEWS[request.param]
    context = browser.new_context(viewport={"width": width, "height": 900}, locale=locale)
    page = context.new_page()
    page.violations = []
    page.on("console", lambda message: "Content Security Policy" in message.text and page.violations.append(message.text))
    page.on("pageerror", lambda error: page.violations.append(str(error)))
    page.result_of = RESULT_OF[request.param]
    visit(page, base_url)
    yield page
    assert page.violations == []
    context.close()
    stack.await_status("/readyz", 200)


def choose(page, name, content):
    page.set_input_files(".dropzone input[type=file]", {"name": name, "mimeType": "text/csv", "buffer": content})


def expect_result(page, name, timeout=RECOVERY):
    expect(page.locator(".result-head h2")).to_have_text(page.result_of.format(name), timeout=timeout)
    expect(page.locator(".problem")).to_be_hidden()


def test_a_file_that_is_chosen_while_the_api_is_stopped_is_forecast_once_it_is_back(page, stack, sample_csv):
    choose(page, "before.csv", sample_csv)
    expect_result(page, "before.csv")
    stack.compose("stop", "api")
    try:
        choose(page, "while.csv", sample_csv)
        expect(page.locator(".dropzone-call")).to_contain_text("while.csv")  # nginx says when to come again: it counts the seconds
        expect(page.locator(".result-head h2")).to_have_text(page.result_of.format("before.csv"))
    finally:
        stack.compose("start", "api")
    expect_result(page, "while.csv")


def test_an_api_that_restarts_under_the_page_costs_no_more_than_a_wait(page, stack, sample_csv):
    restart = threading.Thread(target=stack.compose, args=("restart", "api"))
    restart.start()
    choose(page, "restarted.csv", sample_csv)
    restart.join()
    expect_result(page, "restarted.csv")


def test_an_overloaded_api_is_asked_again_until_it_answers(page, stack, sample_csv):
    many, stop = of_tickers(sample_csv, 300), threading.Event()

    def ask_on():
        while not stop.is_set():
            stack.predict(many)

    with stack.with_settings("api", QUEUE_LENGTH="1", API_CPUS="0.5"), ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(ask_on)
        choose(page, "patient.csv", sample_csv)
        page.wait_for_timeout(3000)
        stop.set()
    expect_result(page, "patient.csv")


def test_a_page_without_a_model_becomes_ready_by_itself(page, stack, store, sample_csv):
    stack.compose("stop", "api")
    store.shell("rm -rf /models/*")
    stack.compose("start", "api")
    stack.await_status("/readyz", 503)
    visit(page, page.url)
    expect(page.locator(".training")).to_be_visible(timeout=RECOVERY)
    expect(page.locator("[data-part=sample]")).to_be_hidden()
    store.restore()
    expect(page.locator("[data-part=sample]")).to_be_visible(timeout=RECOVERY)
    choose(page, "first.csv", sample_csv)
    expect_result(page, "first.csv")


def test_a_model_that_is_swapped_under_the_page_is_offered(page, store, sample_csv):
    choose(page, "swapped.csv", sample_csv)
    expect_result(page, "swapped.csv")
    version = store.prepare()
    store.put(version)
    newer = page.locator(".result-newer")
    expect(newer).to_be_visible(timeout=RECOVERY)
    newer.get_by_role("button").click()
    expect(page.locator(".result-model")).to_contain_text(version)
    expect(newer).to_be_hidden()
