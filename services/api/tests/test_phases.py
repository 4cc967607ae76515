"""The time that a request spends, by phase."""

import threading

from prediction_api.observability import timing as phases
from prediction_api.observability.timing import phase


def test_a_phase_that_is_entered_twice_adds_up():
    work = phases.begin()
    with phase("read"):
        pass
    first = work.seconds["read"]
    with phase("read"):
        pass
    phases.end()
    assert 0 < first < work.seconds["read"]
    assert set(work.seconds) == {"read"}


def test_a_phase_that_fails_is_counted_and_its_error_passes():
    work = phases.begin()
    try:
        with phase("read"):
            raise KeyError
    except KeyError:
        assert work.seconds["read"] > 0
    phases.end()


def test_outside_a_request_nothing_happens():
    work = phases.begin()
    phases.end()
    with phase("read"):
        phases.count("windows", 3)
    assert (work.seconds, work.counts) == ({}, {})


def test_another_thread_s_work_is_its_own():
    def other():
        with phase("read"):
            phases.count("windows", 1)

    work = phases.begin()
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    phases.end()
    assert (work.seconds, work.counts) == ({}, {})
