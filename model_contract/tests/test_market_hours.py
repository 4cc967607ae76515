from datetime import datetime

import numpy as np
import pytest

from model_contract.market_hours import last_closed_day


@pytest.mark.parametrize(
    ("market", "now", "day"),
    [
        ("XNYS", "2024-07-10T19:59:59+00:00", "2024-07-09"),  # 15:59 in New York, in summer
        ("XNYS", "2024-07-10T20:00:00+00:00", "2024-07-10"),
        ("XNYS", "2024-01-10T20:00:00+00:00", "2024-01-09"),  # 15:00 in New York, in winter
        ("XNYS", "2024-01-11T03:00:00+00:00", "2024-01-10"),  # still the 10th there
        ("XTKS", "2024-01-10T06:30:00+00:00", "2024-01-10"),
        ("XASX", "2024-01-10T22:00:00+00:00", "2024-01-10"),  # the 11th there, before the close
        ("BVMF", "2024-01-10T20:59:00+00:00", "2024-01-09"),
        ("24/7", "2024-01-10T20:59:00+00:00", "2024-01-09"),  # the day ends at midnight
        ("XNYS", "2024-07-11T01:00:00+05:00", "2024-07-10"),  # any time zone
    ],
)
def test_a_day_is_closed_once_the_market_s_own_clock_has_passed_the_close(market, now, day):
    assert last_closed_day(market, datetime.fromisoformat(now)) == np.datetime64(day)


def test_a_market_with_unknown_hours_has_no_closed_day():
    assert last_closed_day("XXXX", datetime.fromisoformat("2024-07-10T20:00:00+00:00")) is None
