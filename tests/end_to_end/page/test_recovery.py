"""The page while the API fails: nothing is lost, and the page recovers by itself.

Each fault happens during a visit in each view at the same time.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from running_stack import of_tickers
from visits import VIEWS, Visit

RECOVERY = 60_000  # milliseconds, for a container to start and nginx to find its address


@pytest.fixture
def visits(stack, browser, base_url, axe):
    visits = [Visit(browser, view, base_url, axe) for view in VIEWS]
    for visit in visits:
        visit.open()
    yield visits
    try:
        for visit in visits:
            visit.expect_in_order()
    finally:
        for visit in visits:
            visit.close()
        stack.await_status("/readyz", 200)


def choose(visits, name, content):
    for visit in visits:
        visit.choose((name, content))


def expect_results(visits, name):
    for visit in visits:
        visit.expect_result(name, RECOVERY)


def test_a_file_chosen_while_the_api_is_stopped_is_forecast_later(visits, stack, sample_csv):
    choose(visits, "before.csv", sample_csv)
    expect_results(visits, "before.csv")
    stack.compose("stop", "api")
    try:
        choose(visits, "while.csv", sample_csv)
        for visit in visits:
            # nginx says when to send the file again, and the page shows a countdown.
            expect(visit.page.locator(".dropzone-call")).to_contain_text("while.csv")
            expect(visit.page.locator(".result-head h2")).to_contain_text("before.csv")
            expect(visit.page.locator(".masthead-notice")).to_be_visible(timeout=RECOVERY)
            visit.expect_in_order()
    finally:
        stack.compose("start", "api")
    expect_results(visits, "while.csv")


def test_an_api_that_restarts_only_makes_the_page_wait(visits, stack, sample_csv):
    restart = threading.Thread(target=stack.compose, args=("restart", "api"))
    restart.start()
    choose(visits, "restarted.csv", sample_csv)
    restart.join()
    expect_results(visits, "restarted.csv")


def test_a_file_is_sent_to_an_overloaded_api_until_it_is_forecast(visits, stack, sample_csv):
    many, stop = of_tickers(sample_csv, 300), threading.Event()

    def ask_on():
        while not stop.is_set():
            stack.predict(many)

    with (
        stack.with_settings("api", QUEUE_LENGTH="1", API_CPUS="0.5"),
        ThreadPoolExecutor(8) as pool,
    ):
        for _ in range(8):
            pool.submit(ask_on)
        choose(visits, "patient.csv", sample_csv)
        visits[0].page.wait_for_timeout(3000)
        stop.set()
    expect_results(visits, "patient.csv")


def test_a_page_without_a_model_becomes_ready_by_itself(visits, stack, store, sample_csv):
    stack.compose("stop", "api")
    store.shell("rm -rf /models/*")
    stack.compose("start", "api")
    stack.await_status("/readyz", 503)
    for visit in visits:
        visit.open()
        expect(visit.page.locator(".training")).to_be_visible(timeout=RECOVERY)
        expect(visit.page.locator("[data-part=sample]")).to_be_hidden()
        visit.expect_in_order()
    store.restore()
    for visit in visits:
        expect(visit.page.locator("[data-part=sample]")).to_be_visible(timeout=RECOVERY)
    choose(visits, "first.csv", sample_csv)
    expect_results(visits, "first.csv")


def test_a_new_model_is_offered_on_the_page(visits, store, sample_csv):
    choose(visits, "swapped.csv", sample_csv)
    expect_results(visits, "swapped.csv")
    version = store.prepare()
    store.put(version)
    for visit in visits:
        newer = visit.page.locator(".result-newer")
        expect(newer).to_be_visible(timeout=RECOVERY)
        visit.expect_in_order()
        visit.press(newer.get_by_role("button"))
        expect(visit.page.locator(".result-model")).to_contain_text(version)
        expect(newer).to_be_hidden()
