"""How much is computed at once: slots, the queue before them, deadlines. Threads meet by events, never by the clock."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from prediction_api import create_app, overload, phases
from prediction_api.metrics import Metrics
from prediction_api.overload import Deadline, DeadlineExceeded, Overloaded, Slots
from prediction_api.predictor import Predictor

LONG = 60.0  # seconds, which no test waits for


def make_slots(slots=1, queue=1, seconds=LONG):
    return Slots(slots, queue, seconds, Metrics())


@contextmanager
def another(slots, large=False):
    """Hold a slot, or a place in the queue, in a thread of its own."""
    holds, leave = threading.Event(), threading.Event()

    def hold():
        with slots.computing(large):
            holds.set()
            leave.wait()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(hold)
        try:
            yield holds
        finally:
            leave.set()
        done.result()


def await_waiting(slots, count):
    """Until so many wait. The queue tells nobody, so it is looked at."""
    turn = threading.Event()
    for _ in range(2000):
        if len(slots._queue) == count:
            return
        turn.wait(0.005)
    pytest.fail(f"{len(slots._queue)} wait")


def can_compute(slots, large=False):
    """Whether a slot is free at once."""
    with ThreadPoolExecutor(1) as pool:

        def compute():
            with slots.computing(large):
                return True

        return pool.submit(compute).result(timeout=10)


def test_a_slot_is_held_and_freed():
    slots = make_slots(queue=0)
    with slots.computing(), pytest.raises(Overloaded), slots.computing():
        pass
    with slots.computing():
        pass


def test_a_slot_is_freed_whatever_happens():
    slots = make_slots(queue=0)
    with pytest.raises(ZeroDivisionError), slots.computing():
        raise ZeroDivisionError
    assert can_compute(slots)


def test_who_waits_gets_the_slot_when_it_is_freed():
    slots = make_slots()
    with another(slots) as first:
        assert first.wait(10)
        waiter = another(slots)
        second = waiter.__enter__()
        await_waiting(slots, 1)
        assert not second.is_set()
    assert second.wait(10)
    waiter.__exit__(None, None, None)


def test_the_time_of_waiting_is_told_apart():
    slots, work = make_slots(seconds=0.02), phases.begin()
    with slots.computing():
        pass
    assert "wait" not in work.seconds
    with another(slots) as first:
        assert first.wait(10)
        with pytest.raises(DeadlineExceeded), slots.computing():
            pass
    phases.end()
    assert work.seconds["wait"] > 0


def test_who_finds_the_queue_full_is_told_at_once_to_come_back():
    slots = make_slots()
    with ThreadPoolExecutor(1) as pool, another(slots) as first:
        assert first.wait(10)
        waiting = pool.submit(can_compute, slots)
        await_waiting(slots, 1)
        with pytest.raises(Overloaded) as told, slots.computing():
            pass
        assert told.value.retry_after
        assert told.value.code == 503
        assert not waiting.done()


def test_those_that_wait_are_served_in_the_order_they_came():
    slots, order = make_slots(queue=3), []

    def compute(number):
        with slots.computing():
            order.append(number)

    with ThreadPoolExecutor(3) as pool, another(slots) as first:
        assert first.wait(10)
        for number in range(3):
            pool.submit(compute, number)
            await_waiting(slots, number + 1)
    assert order == [0, 1, 2]


def test_large_files_leave_a_slot_to_small_ones():
    slots = make_slots(slots=2, queue=1)
    with ThreadPoolExecutor(1) as pool, another(slots, large=True) as first:
        assert first.wait(10)
        second = pool.submit(can_compute, slots, large=True)
        await_waiting(slots, 1)
        assert can_compute(slots)  # past the large one that waits
        assert not second.done()


def test_a_single_slot_takes_large_files_too():
    slots = make_slots(slots=1, queue=0)
    assert can_compute(slots, large=True)
    assert can_compute(slots, large=True)


def test_waiting_beyond_the_deadline_gives_up_and_leaves_the_queue():
    slots = make_slots(seconds=0.02)
    with another(slots) as first:
        assert first.wait(10)
        with pytest.raises(DeadlineExceeded, match=r"within 0\.02 seconds"), slots.computing():
            pass
        assert len(slots._queue) == 0
    assert can_compute(slots)


def test_the_check_raises_once_the_deadline_has_passed():
    slots = make_slots(seconds=0.001)
    with pytest.raises(DeadlineExceeded), slots.computing() as check:
        while True:
            check()
    assert can_compute(slots)


def test_before_its_moment_a_deadline_lets_pass():
    deadline = Deadline(LONG)
    deadline.check()
    assert 0 < deadline.remaining() <= LONG


def test_a_hundred_threads_never_compute_more_than_the_slots():
    slots, lock, now, most = make_slots(slots=3, queue=100), threading.Lock(), 0, 0

    def compute(number):
        nonlocal now, most
        for _ in range(20):
            with slots.computing(large=number % 2 == 0):
                with lock:
                    now += 1
                    most = max(most, now)
                with lock:
                    now -= 1

    with ThreadPoolExecutor(100) as pool:
        list(pool.map(compute, range(100)))
    assert most <= 3
    assert (slots._free, slots._free_for_large, len(slots._queue)) == (3, 2, 0)


@pytest.fixture
def busy(published, make, monkeypatch):
    """An application with one slot and one place in the queue, both taken; it computes until it is told to go on."""
    app = create_app({"MODEL_STORE": published.directory, "MODEL_POLL_SECONDS": 0, "COMPUTE_SLOTS": 1, "QUEUE_LENGTH": 1})
    begun, go_on, predict = threading.Event(), threading.Event(), Predictor.predict

    def slow_predict(*arguments):
        begun.set()
        assert go_on.wait(30)
        return predict(*arguments)

    monkeypatch.setattr(Predictor, "predict", slow_predict)
    data = make.comma(make.days(60))

    def ask():
        return app.test_client().post("/predict", data=data, content_type="text/csv")

    with ThreadPoolExecutor(2) as pool:
        try:
            answers = [pool.submit(ask)]
            assert begun.wait(30)
            answers.append(pool.submit(ask))
            await_waiting(app.extensions["slots"], 1)
            yield app, ask
        finally:
            go_on.set()
        assert [answer.result(timeout=30).status_code for answer in answers] == [200, 200]
    assert ask().status_code == 200


def test_when_all_is_full_a_forecast_is_a_503_with_retry_after(busy):
    _, ask = busy
    response = ask()
    assert (response.status_code, response.content_type) == (503, "application/problem+json")
    assert int(response.headers["Retry-After"]) > 0
    assert "Send this one again" in response.json["detail"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/model", "/metrics", "/sample.csv"])
def test_when_all_is_full_the_rest_answers_at_once(busy, path):
    assert busy[0].test_client().get(path).status_code == 200


def test_what_computes_and_waits_is_told_to_prometheus(busy):
    text = busy[0].test_client().get("/metrics").text
    assert "\nforecasts_computing 1.0\n" in text
    assert "\nforecasts_waiting 1.0\n" in text


def test_a_forecast_past_its_deadline_is_a_504_and_its_slot_is_free_afterwards(published, make):
    settings = {"MODEL_STORE": published.directory, "MODEL_POLL_SECONDS": 0, "COMPUTE_SLOTS": 1, "QUEUE_LENGTH": 1}
    app = create_app({**settings, "REQUEST_SECONDS": 0.001})
    for _ in range(3):
        response = app.test_client().post("/predict", data=make.comma(make.days(3000)), content_type="text/csv")
        assert (response.status_code, response.content_type) == (504, "application/problem+json")
        assert "0.001 seconds" in response.json["detail"]
    assert "\nforecasts_computing 0.0\n" in app.test_client().get("/metrics").text
    assert app.extensions["slots"]._free == 1


def test_a_forecast_is_given_up_between_tickers_and_between_batches(client, published, make):
    predictor = Predictor(published.load(make.first))
    tickers = make.comma(make.days(60)) + b"\n".join(make.comma(make.days(60, "IBM")).splitlines()[1:])
    windows = make.windows(make.days(60))
    for data, least in ((tickers, 4), (windows, 3)):
        called = []
        predictor.predict(data, 0, lambda called=called: called.append(None))
        assert len(called) >= least


@pytest.mark.parametrize(("megabytes", "times"), [(0, 0), (2, 1)], ids=["a small file", "a large file"])
def test_what_a_large_file_took_is_given_back_even_if_it_is_refused(client, monkeypatch, megabytes, times):
    given_back = []
    monkeypatch.setattr(overload.memory, "give_back_what_is_free", lambda: given_back.append(True))
    assert client.post("/predict", data=b"x" * (megabytes * 2**20 + 1), content_type="text/csv").status_code == 422
    assert len(given_back) == times
