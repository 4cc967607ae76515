"""The real scheduler: runs by Dagster, notices, decisions of an operator, kills."""

import logging
import os
import random
import re
import time
from collections import Counter

import pytest
import requests
from playwright.sync_api import expect

from loop_stack import TICKERS, at, minutes_before
from running_scheduler import RUN_SECONDS, await_true
from visits import visit

KILLS = 2
MANY_KILLS = int(os.environ.get("KILLS", "10"))
BEGUN = ("STARTING", "STARTED", "SUCCESS")
LONGEST_ROUND = 5.0  # seconds; a round is killed within this time after its start
log = logging.getLogger(__name__)
CHANCE = random.Random(17)


def actual_volumes(scheduler):
    rows = scheduler.nights.rows
    return rows.set_index(["Ticker", "Date"])["Volume"].to_dict()


def require_sound(scheduler):
    """Nothing is lost or double: forecasts from each session, and a score of each volume."""
    actual = actual_volumes(scheduler)
    origins = scheduler.origins()
    for ticker in TICKERS:
        found = scheduler.loop.forecasts(ticker)
        assert Counter((one["origin"], one["step"]) for one in found) == {
            (origin, step): 1 for origin in origins for step in range(1, 6)
        }
        for one in found:
            known = one["session"] <= origins[-1]
            expected = actual[ticker, one["session"]] if known else None
            assert one["actual"] == expected, one
    assert "the ledger is unchanged" in scheduler.stack.make("ledger-verify")


def refuse_for_good(stack, number):
    stack.make("refuse", f"DELIVERY={number}")
    again = stack.run("make", "accept", f"DELIVERY={number}", check=False)
    assert again.returncode != 0
    assert "was refused; deliver a newer file" in again.stdout + again.stderr


def kill_during_a_round(scheduler, moment):
    """Kill the scheduler that many seconds after a round has started, then start all again."""
    known = set(scheduler.runs())
    day = scheduler.next_evening()
    await_true(lambda: set(scheduler.runs(BEGUN)) - known, RUN_SECONDS)  # not only queued
    time.sleep(moment)
    scheduler.stack.run("docker", "kill", "-s", "KILL", f"{scheduler.stack.project}-scheduler-1")
    scheduler.stack.compose("restart", "--timeout", "2", "api")
    scheduler.up()
    scheduler.await_forecasts_from(day)
    assert scheduler.inbox() == []
    runs = Counter(status for run, status in scheduler.runs().items() if run not in known)
    log.info("killed %.1f s after a round had started: %s", moment, dict(runs))


def moments(count):
    """Random moments, one in each part of a round."""
    return [LONGEST_ROUND * (part + CHANCE.random()) / count for part in range(count)]


def test_a_file_in_the_inbox_is_taken_scored_and_forecast_within_a_minute(scheduler):
    day = scheduler.next_evening()
    scheduler.await_forecasts_from(day)
    assert scheduler.inbox() == []
    require_sound(scheduler)
    assert set(scheduler.runs().values()) == {"SUCCESS"}


def test_dagster_has_a_page_with_the_job(scheduler):
    page = requests.get(scheduler.url, timeout=10)
    assert page.status_code == 200
    assert "dagster" in page.text.lower()


def test_the_watch_list_shows_the_followed_tickers(scheduler, browser):
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    visit(page, scheduler.stack.url)
    page.get_by_role("link", name="Watch-list").click()
    rows = page.locator(".watch-table tbody tr")
    expect(rows).to_have_count(len(TICKERS))
    assert sorted(page.locator(".watch-table tbody th").all_inner_texts()) == sorted(TICKERS)
    expect(page.locator(".watch-tile").first).to_contain_text("5 tickers followed")
    page.get_by_role("link", name="IBM").click()
    expect(page.locator(".watch-ticker h1")).to_contain_text("IBM")
    context.close()


def test_held_deliveries_are_reported_once_and_refused_or_accepted(scheduler):
    rows, day = scheduler.nights.rows, scheduler.nights.days[scheduler.night]
    of_day = rows["Date"] == day
    cut = rows[of_day].assign(Volume=lambda one: one["Volume"] // 100)
    scheduler.loop.deliver("cut.csv", cut, minutes_before(at(day)))
    rows.loc[of_day & (rows["Ticker"] == "IBM"), "Volume"] *= 10  # looks wrong, but is right
    scheduler.next_evening()
    await_true(lambda: len(scheduler.held()) == 2 and scheduler.is_idle(), RUN_SECONDS)
    wrong, right = scheduler.held()
    assert (wrong["name"], right["name"]) == ("cut.csv", f"prices-{day}.csv")
    notices = scheduler.held_notices()
    assert len(notices) == 2
    for text in (f"prices-{day}.csv", "IBM", f"make accept DELIVERY={right['id']}"):
        assert text in notices[1]
    listed = scheduler.stack.make("deliveries")
    assert re.search(rf"{right['id']}  .*held +prices-{day}.csv: 5 new", listed)
    assert "volume_impossible: 1 volume is far from what is usual: IBM" in listed
    refuse_for_good(scheduler.stack, wrong["id"])
    scheduler.stack.make("accept", f"DELIVERY={right['id']}")
    scheduler.await_forecasts_from(day)
    require_sound(scheduler)
    assert (scheduler.held(), scheduler.held_notices()) == ([], notices)


def test_a_kill_during_a_round_loses_nothing_and_doubles_nothing(scheduler):
    for moment in moments(KILLS):
        kill_during_a_round(scheduler, moment)
    require_sound(scheduler)
    failed = [run[:8] for run, status in scheduler.runs().items() if status == "FAILURE"]
    stopped = "failed: the scheduler was stopped during this run"
    expected = {f"The run {run} {stopped}" for run in failed}
    await_true(lambda: expected <= set(scheduler.notices()), RUN_SECONDS)


@pytest.mark.long
def test_many_kills_at_random_moments_lose_nothing(scheduler):
    for moment in moments(MANY_KILLS):
        kill_during_a_round(scheduler, moment)
    require_sound(scheduler)


def test_without_the_profile_exactly_three_containers_start(stack):
    started = stack.compose("ps", "--all", "--services").split()
    assert sorted(started) == ["api", "frontend", "trainer"]
