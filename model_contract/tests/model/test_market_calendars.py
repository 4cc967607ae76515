import io

import numpy as np
import pytest

from model_contract.errors import BundleError
from model_contract.model.calendar import CALENDAR_FLAGS, Calendar
from model_contract.model.market_calendars import from_npz, to_npz


@pytest.fixture
def calendars(calendar) -> dict[str, Calendar]:
    every_day = np.arange("2024-01-01", "2024-02-01", dtype="datetime64[D]")
    flags = np.eye(len(every_day), len(CALENDAR_FLAGS))
    return {"BVMF": calendar, "24/7": Calendar(every_day, flags)}


def test_calendars_survive_packing(calendars):
    found = from_npz(to_npz(calendars))
    assert found.keys() == calendars.keys()
    for market, expected in calendars.items():
        np.testing.assert_array_equal(found[market].sessions, expected.sessions)
        np.testing.assert_array_equal(found[market].flags, expected.flags)
        assert found[market].sessions.dtype == expected.sessions.dtype


def test_the_same_calendars_give_the_same_bytes(calendars):
    assert to_npz(calendars) == to_npz(calendars)


def test_no_calendars_can_be_packed():
    assert from_npz(to_npz({})) == {}


def archive(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


GOOD = {
    "XLON sessions": np.array([1, 2], np.int32),
    "XLON flags": np.zeros((2, 2), np.uint8),
}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an archive",
        archive(**GOOD)[:-40],
        archive(**{"XLON sessions": GOOD["XLON sessions"]}),
        archive(**GOOD | {"XLON sessions": np.array([2, 2], np.int32)}),
        archive(**GOOD | {"XLON sessions": np.array([], np.int32)}),
        archive(**GOOD | {"XLON flags": np.zeros((2, 3), np.uint8)}),
        archive(**GOOD | {"XLON flags": np.array([None, None], object)}),
    ],
    ids=["empty", "text", "cut", "no flags", "twice", "no sessions", "shape", "pickle"],
)
def test_damaged_calendars_are_refused(data):
    with pytest.raises(BundleError, match="calendars of the other markets are damaged"):
        from_npz(data)
