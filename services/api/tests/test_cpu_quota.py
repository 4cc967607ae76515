"""The CPUs that a container may use."""

import os

import pytest

from prediction_api.cpu_quota import available_cpus, parse_quota


@pytest.fixture(autouse=True)
def eight_cpus(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("200000 100000", 2.0),
        ("50000 100000", 0.5),
        ("max 100000", None),
        ("-1 100000", None),
        ("", None),
        ("0 100000", None),
        ("x", None),
    ],
)
def test_a_quota_is_divided_by_its_period(text, cpus):
    assert parse_quota(text) == cpus


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),
        ("10000 100000\n", 1),
        ("max 100000\n", 8),
        ("1600000 100000\n", 8),
    ],
)
def test_a_cgroup_2_quota_is_rounded_up_and_capped_by_the_host(tmp_path, text, cpus):
    (tmp_path / "cpu.max").write_text(f"{text}\n")
    assert available_cpus(tmp_path) == cpus


@pytest.mark.parametrize(("quota", "cpus"), [("300000", 3), ("-1", 8)])
def test_cgroup_1_is_read_if_there_is_no_cgroup_2(tmp_path, quota, cpus):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert available_cpus(tmp_path) == cpus


def test_without_cgroups_the_scheduler_count_is_used(tmp_path):
    assert available_cpus(tmp_path / "none") == 8
