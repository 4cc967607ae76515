"""Lanes with slots, a queue and deadlines. Threads wait for events instead of sleeping."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from model_contract.reading.decode.csv_file import LARGE
from prediction_api import create_app
from prediction_api.capacity import memory
from prediction_api.capacity.queue import LARGE_BYTES, Deadline, DeadlineExceeded, Lane, Overloaded
from prediction_api.forecast.predictor import Predictor
from prediction_api.observability import timing
from prediction_api.observability.metrics import Metrics

LONG = 60.0  # seconds; no test waits that long


def make_lane(slots=1, queue_length=1, seconds=LONG):
    return Lane(slots, queue_length, seconds, Metrics())


@contextmanager
def another_request(lane):
    """Get a slot in another thread and hold it. Yields an event, which is set once it is held."""
    holds, release = threading.Event(), threading.Event()

    def hold():
        with lane.slot():
            holds.set()
            release.wait()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(hold)
        try:
            yield holds
        finally:
            release.set()
        done.result()


def await_queue(lane, length):
    """Poll until `length` requests wait in the lane."""
    pause = threading.Event()
    for _ in range(2000):
        if len(lane._queue) == length:
            return
        pause.wait(0.005)
    pytest.fail(f"{len(lane._queue)} requests are waiting")


def can_compute(lane):
    """Whether another thread gets a slot."""
    with ThreadPoolExecutor(1) as pool:

        def compute():
            with lane.slot():
                return True

        return pool.submit(compute).result(timeout=10)


def test_a_slot_is_held_and_released():
    lane = make_lane(queue_length=0)
    with lane.slot(), pytest.raises(Overloaded), lane.slot():
        pass
    with lane.slot():
        pass


def test_an_error_releases_the_slot():
    lane = make_lane(queue_length=0)
    with pytest.raises(ZeroDivisionError), lane.slot():
        raise ZeroDivisionError
    assert can_compute(lane)


def test_a_waiting_request_gets_the_released_slot():
    lane = make_lane()
    with another_request(lane) as first:
        assert first.wait(10)
        waiting = another_request(lane)
        second = waiting.__enter__()
        await_queue(lane, 1)
        assert not second.is_set()
    assert second.wait(10)
    waiting.__exit__(None, None, None)


def test_the_wait_is_timed_as_its_own_phase():
    lane, work = make_lane(seconds=0.02), timing.begin()
    with lane.slot():
        pass
    assert "wait" not in work.seconds
    with another_request(lane) as first:
        assert first.wait(10)
        with pytest.raises(DeadlineExceeded), lane.slot():
            pass
    timing.end()
    assert work.seconds["wait"] > 0


def test_a_full_queue_rejects_at_once_with_retry_after():
    lane = make_lane()
    with ThreadPoolExecutor(1) as pool, another_request(lane) as first:
        assert first.wait(10)
        waiting = pool.submit(can_compute, lane)
        await_queue(lane, 1)
        with pytest.raises(Overloaded) as refused, lane.slot():
            pass
        assert refused.value.retry_after
        assert refused.value.code == 503
        assert not waiting.done()


def test_waiting_requests_are_served_in_the_order_of_arrival():
    lane, order = make_lane(queue_length=3), []

    def compute(number):
        with lane.slot():
            order.append(number)

    with ThreadPoolExecutor(3) as pool, another_request(lane) as first:
        assert first.wait(10)
        for number in range(3):
            pool.submit(compute, number)
            await_queue(lane, number + 1)
    assert order == [0, 1, 2]


def test_a_request_past_its_deadline_leaves_the_queue():
    lane = make_lane(seconds=0.02)
    with another_request(lane) as first:
        assert first.wait(10)
        with pytest.raises(DeadlineExceeded, match=r"0\.02 seconds"), lane.slot():
            pass
        assert len(lane._queue) == 0
    assert can_compute(lane)


def test_the_check_raises_once_the_deadline_has_passed():
    lane = make_lane(seconds=0.001)
    with pytest.raises(DeadlineExceeded), lane.slot() as check:
        while True:
            check()
    assert can_compute(lane)


def test_the_check_does_nothing_before_the_deadline():
    deadline = Deadline(LONG)
    deadline.check()
    assert 0 < deadline.remaining() <= LONG


def test_a_hundred_threads_never_hold_more_slots_than_there_are():
    lane, lock, holding, most = make_lane(slots=3, queue_length=100), threading.Lock(), 0, 0

    def compute(_):
        nonlocal holding, most
        for _ in range(20):
            with lane.slot():
                with lock:
                    holding += 1
                    most = max(most, holding)
                with lock:
                    holding -= 1

    with ThreadPoolExecutor(100) as pool:
        list(pool.map(compute, range(100)))
    assert most <= 3
    assert (lane._free_slots, len(lane._queue)) == (3, 0)


def make_app(store, **settings):
    """An application whose lanes each compute one file at a time and let one wait."""
    fixed = {"MODEL_POLL_SECONDS": 0, "COMPUTE_SLOTS": 1, "QUEUE_LENGTH": 1}
    return create_app({"MODEL_STORE": store.directory, **fixed, **settings})


def post(app, data):
    return app.test_client().post("/predict", data=data, content_type="text/csv")


@contextmanager
def filled_app(store, monkeypatch, data, lane):
    """An application whose `lane` is full: one request with `data` is computing, another waits."""
    app, predict = make_app(store), Predictor.predict
    begun, finish = threading.Event(), threading.Event()

    def slow_predict(self, posted, *arguments):
        if posted == data:
            begun.set()
            assert finish.wait(30)
        return predict(self, posted, *arguments)

    monkeypatch.setattr(Predictor, "predict", slow_predict)
    with ThreadPoolExecutor(2) as pool:
        try:
            responses = [pool.submit(post, app, data)]
            assert begun.wait(30)
            responses.append(pool.submit(post, app, data))
            await_queue(getattr(app.extensions["lanes"], lane), 1)
            yield app
        finally:
            finish.set()
        assert [response.result(timeout=30).status_code for response in responses] == [200, 200]
    assert post(app, data).status_code == 200


def padded(data):
    """The same rows in a large file."""
    return data + b"\n" * LARGE_BYTES


@pytest.fixture
def full_app(published, make, monkeypatch):
    """An application whose lane of small files is full."""
    with filled_app(published, monkeypatch, make.comma(make.days(60)), "small") as app:
        yield app


def test_a_full_api_returns_503_with_retry_after(full_app, make):
    response = post(full_app, make.comma(make.days(60)))
    assert (response.status_code, response.content_type) == (503, "application/problem+json")
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/model", "/metrics", "/sample.csv"])
def test_a_full_api_serves_other_requests_at_once(full_app, path):
    assert full_app.test_client().get(path).status_code == 200


@pytest.mark.parametrize("full", ["small", "large"])
def test_small_and_large_files_do_not_wait_for_each_other(published, make, monkeypatch, full):
    small, large = make.comma(make.days(60)), padded(make.comma(make.days(61)))
    waiting, other = (small, large) if full == "small" else (large, small)
    with filled_app(published, monkeypatch, waiting, full) as app:
        assert post(app, waiting).status_code == 503
        assert post(app, other).status_code == 200


def test_metrics_count_computing_and_waiting_requests(full_app):
    text = full_app.test_client().get("/metrics").text
    assert "\nforecasts_computing 1.0\n" in text
    assert "\nforecasts_waiting 1.0\n" in text


def test_a_late_forecast_is_a_504_and_releases_its_slot(published, make):
    app = make_app(published, REQUEST_SECONDS=0.001)
    for _ in range(3):
        response = post(app, make.comma(make.days(3000)))
        assert (response.status_code, response.content_type) == (504, "application/problem+json")
        assert response.json["code"] == "deadline_exceeded"
        assert response.json["params"] == {"seconds": 0.001}
    assert "\nforecasts_computing 0.0\n" in app.test_client().get("/metrics").text
    assert app.extensions["lanes"].small._free_slots == 1


def test_the_deadline_is_checked_between_tickers_and_batches(published, make):
    predictor = Predictor(published.load(make.first))
    _, *rows = make.comma(make.days(60, "IBM")).splitlines()
    tickers = make.comma(make.days(60)) + b"\n".join(rows)
    for data, least in ((tickers, 4), (make.windows(make.days(60)), 3)):
        calls = []
        predictor.predict(data, 0, lambda calls=calls: calls.append(None))
        assert len(calls) >= least


@pytest.mark.parametrize(
    ("size", "expected"),
    [(1, []), (LARGE, ["Arrow"]), (LARGE_BYTES + 1, ["all"])],
    ids=["small", "read by Arrow", "large"],
)
def test_the_memory_of_a_rejected_file_is_returned_too(client, monkeypatch, size, expected):
    returned = []
    monkeypatch.setattr(memory, "return_arrow_memory", lambda: returned.append("Arrow"))
    monkeypatch.setattr(memory, "return_freed_memory", lambda: returned.append("all"))
    response = client.post("/predict", data=b"x" * size, content_type="text/csv")
    assert (response.status_code, returned) == (422, [])  # nothing before the response is sent
    response.close()
    assert returned == expected


def test_a_request_without_a_body_does_not_wait_for_large_files(published, make, monkeypatch):
    data = padded(make.comma(make.days(60)))
    with filled_app(published, monkeypatch, data, "large") as app:
        assert app.test_client().post("/predict").status_code == 400
