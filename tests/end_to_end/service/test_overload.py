"""More requests than the stack can handle, and requests that take too long."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from answers import assert_problem
from running_stack import of_tickers

pytestmark = pytest.mark.usefixtures("still_serves")


def test_a_flood_gets_200_or_503_and_health_checks_get_200(stack, sample_csv):
    data, stop = of_tickers(sample_csv, 20), threading.Event()

    def flood() -> Counter[int]:
        answers: Counter[int] = Counter()
        while not stop.is_set():
            answer = stack.predict(data)
            answers[answer.status_code] += 1
            if answer.status_code != 200:
                assert int(answer.headers["Retry-After"]) > 0
                assert_problem(answer, 503, "overloaded")
        return answers

    # With a short queue, 64 clients are too many for any machine.
    with stack.with_settings("api", QUEUE_LENGTH="1"), ThreadPoolExecutor(64) as pool:
        clients = [pool.submit(flood) for _ in range(64)]
        try:
            for _ in range(8):
                for path in ("/healthz", "/readyz", "/model"):
                    assert requests.get(stack.url + path, timeout=5).status_code == 200
        finally:
            stop.set()
        answers = sum((client.result() for client in clients), Counter())
    assert set(answers) == {200, 503}


def test_a_client_over_its_rate_gets_429_for_forecasts_only(stack, sample_csv):
    with stack.with_settings("frontend", CLIENT_REQUESTS_PER_SECOND="1", CLIENT_BURST="2"):
        answers = [stack.predict(sample_csv) for _ in range(8)]
        assert [
            requests.get(stack.url + path, timeout=5).status_code
            for path in ("/healthz", "/model", "/")
        ] == [200, 200, 200]
    assert {answer.status_code for answer in answers} == {200, 429}
    refused = answers[-1]
    assert_problem(refused, 429, "too_many_requests")
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.json()["request_id"] == refused.headers["X-Request-ID"]


def test_a_client_with_too_many_connections_gets_429(stack, sample_csv):
    with stack.with_settings("frontend", CLIENT_CONNECTIONS="1"), ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(stack.predict, [of_tickers(sample_csv, 20)] * 8))
    assert {answer.status_code for answer in answers} == {200, 429}


def test_a_forecast_past_its_deadline_is_a_504_and_frees_its_slot(stack, sample_csv):
    with stack.with_settings("api", REQUEST_SECONDS="0.2"):
        for _ in range(5):  # more than the number of slots
            answer = stack.predict(of_tickers(sample_csv, 600))
            assert_problem(answer, 504, "deadline_exceeded", seconds=0.2)
        assert stack.predict(sample_csv).status_code == 200
        assert stack.metric("forecasts_computing") == 0
        assert stack.metric("forecasts_waiting") == 0


@pytest.mark.parametrize("query", ["?points=nonsense", "?points=3"])
def test_a_large_file_rejected_unread_gets_the_response_of_the_api(stack, sample_csv, query):
    for _ in range(20):
        answer = stack.predict(of_tickers(sample_csv, 100), query, **{"Content-Encoding": "br"})
        assert answer.status_code == (400 if "nonsense" in query else 415)
