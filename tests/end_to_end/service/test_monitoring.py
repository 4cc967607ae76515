"""Prometheus with the real stack: target, metrics and alerts."""

import json
import time
from typing import Any

import pytest
import requests

from running_stack import REPOSITORY, Stack, await_, free_port

PROFILE = ("--profile", "monitoring")


class Prometheus:
    """The container of the `monitoring` profile, and queries to it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.url = f"http://127.0.0.1:{free_port()}"

    def start(self) -> None:
        port = self.url.rpartition(":")[2]
        compose = ("env", f"PROMETHEUS_PORT={port}", "docker", "compose", *PROFILE)
        self.stack.run(*compose, "up", "--detach", "--build", "prometheus")
        await_(
            lambda: requests.get(f"{self.url}/-/ready", timeout=5),
            lambda answer: answer.status_code == 200,
            60,
        )

    def query(self, expression: str) -> list[dict[str, Any]]:
        answer = requests.get(
            f"{self.url}/api/v1/query", params={"query": expression}, timeout=10
        ).json()
        assert answer["status"] == "success", answer
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def await_value(self, expression: str, least: float, seconds: float = 60) -> float:
        """Repeat a query until the only value of `expression` is at least `least`."""
        deadline, found = time.monotonic() + seconds, []
        while time.monotonic() < deadline:
            found = self.query(expression)
            if len(found) == 1 and float(found[0]["value"][1]) >= least:
                return float(found[0]["value"][1])
            time.sleep(0.2)
        raise AssertionError(f"{expression}: {found}")

    def promtool(self, *arguments: str) -> str:
        """Run the image's promtool on the working tree's files."""
        folder = f"{REPOSITORY / 'monitoring'}:/monitoring:ro"
        image = self.stack.inspect("prometheus")["Image"]
        options = ("--rm", "--network", "none", "--user", "root", "--volume", folder)
        promtool = ("docker", "run", *options, "--entrypoint", "promtool", image)
        return self.stack.run(*promtool, *arguments).stdout


@pytest.fixture(scope="module")
def prometheus(stack):
    prometheus = Prometheus(stack)
    prometheus.start()
    yield prometheus
    stack.compose(*PROFILE, "rm", "--stop", "--force", "prometheus")


def test_without_its_profile_prometheus_does_not_start(stack):
    assert "prometheus" not in stack.compose("config", "--services").split()


def test_its_container_has_few_rights_and_a_local_port(prometheus):
    host = prometheus.stack.inspect("prometheus")["HostConfig"]
    assert (host["ReadonlyRootfs"], host["CapDrop"]) == (True, ["ALL"])
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert [
        binding["HostIp"] for bindings in host["PortBindings"].values() for binding in bindings
    ] == ["127.0.0.1"]
    assert (
        prometheus.stack.compose(*PROFILE, "exec", "-T", "prometheus", "id", "-u").strip()
        == "65534"
    )


def test_configuration_and_rules_are_valid(prometheus):
    assert "SUCCESS" in prometheus.promtool("check", "config", "/monitoring/prometheus.yml")
    assert "SUCCESS" in prometheus.promtool("check", "rules", "/monitoring/alerts.yml")


def test_each_alert_fires_in_its_case_and_only_then(prometheus):
    files = list((REPOSITORY / "monitoring/tests").glob("*.yml"))
    prometheus.promtool("test", "rules", *(f"/monitoring/tests/{file.name}" for file in files))
    cases = "".join(file.read_text() for file in files)
    rules = requests.get(f"{prometheus.url}/api/v1/rules", timeout=10).json()["data"]["groups"]
    alerts = [rule["name"] for group in rules for rule in group["rules"]]
    assert len(alerts) >= 8
    assert [name for name in alerts if f"alertname: {name}\n" not in cases] == []


def test_the_api_is_a_healthy_target(prometheus):
    assert prometheus.await_value('up{job="api"}', 1) == 1


def test_a_forecast_appears_in_the_metrics(prometheus, sample_csv):
    before = prometheus.await_value(
        'sum(http_requests_total{path="/predict", status="200"}) or vector(0)', 0
    )
    assert prometheus.stack.predict(sample_csv).status_code == 200
    prometheus.await_value('sum(http_requests_total{path="/predict", status="200"})', before + 1)
    prometheus.await_value('sum(forecast_rows_total{kind="history"})', 300)
    prometheus.await_value("sum(track_record_sessions_total)", 250)
    prometheus.await_value("sum(track_record_relative_error_total)", 1)


def test_every_alert_is_evaluated_and_says_what_to_do(prometheus):
    def evaluated(answer: requests.Response) -> bool:
        return all(
            rule["health"] == "ok"
            for group in answer.json()["data"]["groups"]
            for rule in group["rules"]
        )

    answer = await_(
        lambda: requests.get(f"{prometheus.url}/api/v1/rules", timeout=10), evaluated, 60
    )
    for group in answer.json()["data"]["groups"]:
        for rule in group["rules"]:
            assert {"summary", "action"} <= rule["annotations"].keys(), json.dumps(rule)
