"""How much is computed at once: lanes with slots and a queue, deadlines. Threads meet by events, never by the clock."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from model_contract.reading.table import LARGE
from prediction_api import create_app
from prediction_api.capacity import queue as overload
from prediction_api.capacity.queue import LARGE_BYTES, Deadline, DeadlineExceeded, Lane, Overloaded
from prediction_api.forecast.predictor import Predictor
from prediction_api.observability import timing as phases
from prediction_api.observability.metrics import Metrics

LONG = 60.0  # seconds, which no test waits for


def make_lane(slots=1, queue=1, seconds=LONG):
    return Lane(slots, queue, seconds, Metrics())


@contextmanager
def another(lane):
    """Hold a slot, or a place in the queue, in a thread of its own."""
    holds, leave = threading.Event(), threading.Event()

    def hold():
        with lane.computing():
            holds.set()
            leave.wait()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(hold)
        try:
            yield holds
        finally:
            leave.set()
        done.result()


def await_waiting(lane, count):
    """Until so many wait. The queue tells nobody, so it is looked at."""
    turn = threading.Event()
    for _ in range(2000):
        if len(lane._queue) == count:
            return
        turn.wait(0.005)
    pytest.fail(f"{len(lane._queue)} wait")


def can_compute(lane):
    """Whether a slot is free at once."""
    with ThreadPoolExecutor(1) as pool:

        def compute():
            with lane.computing():
                return True

        return pool.submit(compute).result(timeout=10)


def test_a_slot_is_held_and_freed():
    lane = make_lane(queue=0)
    with lane.computing(), pytest.raises(Overloaded), lane.computing():
        pass
    with lane.computing():
        pass


def test_a_slot_is_freed_whatever_happens():
    lane = make_lane(queue=0)
    with pytest.raises(ZeroDivisionError), lane.computing():
        raise ZeroDivisionError
    assert can_compute(lane)


def test_who_waits_gets_the_slot_when_it_is_freed():
    lane = make_lane()
    with another(lane) as first:
        assert first.wait(10)
        waiter = another(lane)
        second = waiter.__enter__()
        await_waiting(lane, 1)
        assert not second.is_set()
    assert second.wait(10)
    waiter.__exit__(None, None, None)


def test_the_time_of_waiting_is_told_apart():
    lane, work = make_lane(seconds=0.02), phases.begin()
    with lane.computing():
        pass
    assert "wait" not in work.seconds
    with another(lane) as first:
        assert first.wait(10)
        with pytest.raises(DeadlineExceeded), lane.computing():
            pass
    phases.end()
    assert work.seconds["wait"] > 0


def test_who_finds_the_queue_full_is_told_at_once_to_come_back():
    lane = make_lane()
    with ThreadPoolExecutor(1) as pool, another(lane) as first:
        assert first.wait(10)
        waiting = pool.submit(can_compute, lane)
        await_waiting(lane, 1)
        with pytest.raises(Overloaded) as told, lane.computing():
            pass
        assert told.value.retry_after
        assert told.value.code == 503
        assert not waiting.done()


def test_those_that_wait_are_served_in_the_order_they_came():
    lane, order = make_lane(queue=3), []

    def compute(number):
        with lane.computing():
            order.append(number)

    with ThreadPoolExecutor(3) as pool, another(lane) as first:
        assert first.wait(10)
        for number in range(3):
            pool.submit(compute, number)
            await_waiting(lane, number + 1)
    assert order == [0, 1, 2]


def test_waiting_beyond_the_deadline_gives_up_and_leaves_the_queue():
    lane = make_lane(seconds=0.02)
    with another(lane) as first:
        assert first.wait(10)
        with pytest.raises(DeadlineExceeded, match=r"within 0\.02 seconds"), lane.computing():
            pass
        assert len(lane._queue) == 0
    assert can_compute(lane)


def test_the_check_raises_once_the_deadline_has_passed():
    lane = make_lane(seconds=0.001)
    with pytest.raises(DeadlineExceeded), lane.computing() as check:
        while True:
            check()
    assert can_compute(lane)


def test_before_its_moment_a_deadline_lets_pass():
    deadline = Deadline(LONG)
    deadline.check()
    assert 0 < deadline.remaining() <= LONG


def test_a_hundred_threads_never_compute_more_than_the_slots():
    lane, lock, now, most = make_lane(slots=3, queue=100), threading.Lock(), 0, 0

    def compute(_):
        nonlocal now, most
        for _ in range(20):
            with lane.computing():
                with lock:
                    now += 1
                    most = max(most, now)
                with lock:
                    now -= 1

    with ThreadPoolExecutor(100) as pool:
        list(pool.map(compute, range(100)))
    assert most <= 3
    assert (lane._free, len(lane._queue)) == (3, 0)


@contextmanager
def filled(published, monkeypatch, data, lane):
    """An application whose `lane` is full of `data`: one is computed, until the end, and one waits. Others are not held up."""
    app = create_app(
        {
            "MODEL_STORE": published.directory,
            "MODEL_POLL_SECONDS": 0,
            "COMPUTE_SLOTS": 1,
            "QUEUE_LENGTH": 1,
        }
    )
    begun, go_on, predict = threading.Event(), threading.Event(), Predictor.predict

    def slow_predict(self, posted, *arguments):
        if posted == data:
            begun.set()
            assert go_on.wait(30)
        return predict(self, posted, *arguments)

    monkeypatch.setattr(Predictor, "predict", slow_predict)
    with ThreadPoolExecutor(2) as pool:
        try:
            answers = [pool.submit(ask, app, data)]
            assert begun.wait(30)
            answers.append(pool.submit(ask, app, data))
            await_waiting(getattr(app.extensions["lanes"], lane), 1)
            yield app
        finally:
            go_on.set()
        assert [answer.result(timeout=30).status_code for answer in answers] == [200, 200]
    assert ask(app, data).status_code == 200


def ask(app, data):
    return app.test_client().post("/predict", data=data, content_type="text/csv")


def padded(data):
    """The same rows in a large file."""
    return data + b"\n" * LARGE_BYTES


@pytest.fixture
def busy(published, make, monkeypatch):
    """An application that is full of small files, and one more of them."""
    data = make.comma(make.days(60))
    with filled(published, monkeypatch, data, "small") as app:
        yield app, lambda: ask(app, data)


def test_when_all_is_full_a_forecast_is_a_503_with_retry_after(busy):
    _, ask = busy
    response = ask()
    assert (response.status_code, response.content_type) == (503, "application/problem+json")
    assert int(response.headers["Retry-After"]) > 0
    assert "Send this one again" in response.json["detail"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/model", "/metrics", "/sample.csv"])
def test_when_all_is_full_the_rest_answers_at_once(busy, path):
    assert busy[0].test_client().get(path).status_code == 200


@pytest.mark.parametrize("full", ["small", "large"])
def test_small_and_large_files_do_not_wait_for_one_another(published, make, monkeypatch, full):
    small, large = make.comma(make.days(60)), padded(make.comma(make.days(61)))
    waiting, other = (small, large) if full == "small" else (large, small)
    with filled(published, monkeypatch, waiting, full) as app:
        assert ask(app, waiting).status_code == 503
        assert ask(app, other).status_code == 200


def test_what_computes_and_waits_is_told_to_prometheus(busy):
    text = busy[0].test_client().get("/metrics").text
    assert "\nforecasts_computing 1.0\n" in text
    assert "\nforecasts_waiting 1.0\n" in text


def test_a_forecast_past_its_deadline_is_a_504_and_its_slot_is_free_afterwards(published, make):
    settings = {
        "MODEL_STORE": published.directory,
        "MODEL_POLL_SECONDS": 0,
        "COMPUTE_SLOTS": 1,
        "QUEUE_LENGTH": 1,
    }
    app = create_app({**settings, "REQUEST_SECONDS": 0.001})
    for _ in range(3):
        response = app.test_client().post(
            "/predict", data=make.comma(make.days(3000)), content_type="text/csv"
        )
        assert (response.status_code, response.content_type) == (504, "application/problem+json")
        assert "0.001 seconds" in response.json["detail"]
    assert "\nforecasts_computing 0.0\n" in app.test_client().get("/metrics").text
    assert app.extensions["lanes"].small._free == 1


def test_a_forecast_is_given_up_between_tickers_and_between_batches(client, published, make):
    predictor = Predictor(published.load(make.first))
    tickers = make.comma(make.days(60)) + b"\n".join(
        make.comma(make.days(60, "IBM")).splitlines()[1:]
    )
    windows = make.windows(make.days(60))
    for data, least in ((tickers, 4), (windows, 3)):
        called = []
        predictor.predict(data, 0, lambda called=called: called.append(None))
        assert len(called) >= least


@pytest.mark.parametrize(
    ("size", "expected"),
    [(1, []), (LARGE, ["Arrow's"]), (LARGE_BYTES + 1, ["all"])],
    ids=["a small file", "one that Arrow reads", "a large file"],
)
def test_what_a_file_took_is_given_back_even_if_it_is_refused(client, monkeypatch, size, expected):
    given_back = []
    monkeypatch.setattr(
        overload.memory, "give_back_what_arrow_keeps", lambda: given_back.append("Arrow's")
    )
    monkeypatch.setattr(overload.memory, "give_back_what_is_free", lambda: given_back.append("all"))
    response = client.post("/predict", data=b"x" * size, content_type="text/csv")
    assert (response.status_code, given_back) == (422, [])  # until it is sent, it is held
    response.close()
    assert given_back == expected


def test_a_request_without_a_body_waits_behind_no_large_file(published, make, monkeypatch):
    with filled(published, monkeypatch, padded(make.comma(make.days(60))), "large") as app:
        assert app.test_client().post("/predict").status_code == 400
