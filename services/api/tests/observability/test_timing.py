"""The time that a request spends in each phase."""

import threading

from prediction_api.observability import timing
from prediction_api.observability.timing import phase


def test_the_times_of_a_phase_entered_twice_add_up():
    work = timing.begin()
    with phase("read"):
        pass
    first = work.seconds["read"]
    with phase("read"):
        pass
    timing.end()
    assert 0 < first < work.seconds["read"]
    assert set(work.seconds) == {"read"}


def test_a_phase_that_fails_is_timed_and_its_error_propagates():
    work = timing.begin()
    try:
        with phase("read"):
            raise KeyError
    except KeyError:
        assert work.seconds["read"] > 0
    timing.end()


def test_outside_a_request_nothing_is_recorded():
    work = timing.begin()
    timing.end()
    with phase("read"):
        timing.count("windows", 3)
    assert (work.seconds, work.counts) == ({}, {})


def test_each_thread_has_its_own_work():
    def other():
        with phase("read"):
            timing.count("windows", 1)

    work = timing.begin()
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    timing.end()
    assert (work.seconds, work.counts) == ({}, {})
