"""Prometheus and Alertmanager with the real stack: target, metrics, alerts and who gets them."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from running_stack import REPOSITORY, Stack, await_, free_port

PROFILE = ("--profile", "monitoring")
SERVICES = ("prometheus", "alertmanager")
SINK_PORT = 9999  # in the API's container, which Alertmanager can reach
# Prints the body of the first request. It ends by itself if none comes.
SINK = f"""
import http.server, sys
class Sink(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers["Content-Length"])).decode(), flush=True)
        self.send_response(200)
        self.end_headers()
server = http.server.HTTPServer(("", {SINK_PORT}), Sink)
server.timeout = 60
server.handle_request()
"""


class Prometheus:
    """The containers of the `monitoring` profile, and queries to them."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        ports = free_port(), free_port()
        self.url, self.alertmanager_url = (f"http://127.0.0.1:{port}" for port in ports)
        self.settings = (
            f"PROMETHEUS_PORT={ports[0]}",
            f"ALERTMANAGER_PORT={ports[1]}",
            f"ALERT_WEBHOOK_URL=http://api:{SINK_PORT}/alerts",
        )

    def start(self) -> None:
        compose = ("env", *self.settings, "docker", "compose", *PROFILE)
        self.stack.run(*compose, "up", "--detach", "--build", *SERVICES)
        for url in (self.url, self.alertmanager_url):
            await_(
                lambda url=url: requests.get(f"{url}/-/ready", timeout=5),
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

    @contextmanager
    def sink(self) -> Iterator[subprocess.Popen[str]]:
        """Run a server for one webhook in the API's container; its output is the request's body."""
        command = ["docker", "compose", "exec", "-T", "api", "python", "-c", SINK]
        with subprocess.Popen(
            command, cwd=self.stack.tree, env=self.stack.environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        ) as process:  # fmt: skip
            yield process


@pytest.fixture(scope="module")
def prometheus(stack):
    prometheus = Prometheus(stack)
    prometheus.start()
    yield prometheus
    stack.compose(*PROFILE, "rm", "--stop", "--force", *SERVICES)


def test_without_their_profile_they_do_not_start(stack):
    assert sorted(stack.compose("config", "--services").split()) == ["api", "frontend", "trainer"]


@pytest.mark.parametrize("service", SERVICES)
def test_their_containers_have_few_rights_and_a_local_port(prometheus, service):
    host = prometheus.stack.inspect(service)["HostConfig"]
    assert (host["ReadonlyRootfs"], host["CapDrop"]) == (True, ["ALL"])
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert [
        binding["HostIp"] for bindings in host["PortBindings"].values() for binding in bindings
    ] == ["127.0.0.1"]
    user = prometheus.stack.compose(*PROFILE, "exec", "-T", service, "id", "-u")
    assert user.strip() == "65534"


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


@pytest.mark.parametrize("job", ["api", "alertmanager"])
def test_each_service_is_a_healthy_target(prometheus, job):
    assert prometheus.await_value(f'up{{job="{job}"}}', 1) == 1


def test_the_state_of_the_last_training_is_a_metric(prometheus):
    assert prometheus.await_value('trainer_state{state="done"}', 1) == 1


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


def test_prometheus_sends_alerts_to_alertmanager(prometheus):
    def found(answer: requests.Response) -> bool:
        active = answer.json()["data"]["activeAlertmanagers"]
        return [one["url"] for one in active] == ["http://alertmanager:9093/api/v2/alerts"]

    await_(lambda: requests.get(f"{prometheus.url}/api/v1/alertmanagers", timeout=10), found, 60)


def test_an_alert_reaches_the_webhook_with_what_to_do(prometheus):
    alert = {"labels": {"alertname": "DeliveryHeld"}, "annotations": {"action": "Run make refuse"}}
    with prometheus.sink() as sink:
        address = f"{prometheus.alertmanager_url}/api/v2/alerts"
        assert requests.post(address, json=[alert], timeout=10).status_code == 200
        sent = json.loads(sink.communicate(timeout=90)[0])
    assert (sent["receiver"], sent["status"]) == ("webhook", "firing")
    [found] = sent["alerts"]
    assert (found["labels"], found["annotations"]) == (alert["labels"], alert["annotations"])


@pytest.mark.parametrize(
    ("address", "receiver"), [("", "nobody"), ("https://localhost/x", "webhook")]
)
def test_alerts_are_sent_only_if_there_is_an_address(prometheus, address, receiver):
    script = "sed /^exec/d /etc/alertmanager/start.sh | sh && cat /tmp/alertmanager.yml"
    image = prometheus.stack.inspect("alertmanager")["Image"]
    options = ("--rm", "--env", f"ALERT_WEBHOOK_URL={address}", "--entrypoint", "sh")
    started = prometheus.stack.run("docker", "run", *options, image, "-c", script).stdout
    assert f"  receiver: {receiver}\n" in started


def test_an_impossible_address_is_refused(prometheus):
    image = prometheus.stack.inspect("alertmanager")["Image"]
    options = ("--rm", "--env", "ALERT_WEBHOOK_URL=example.com")
    done = prometheus.stack.run("docker", "run", *options, image, check=False)
    assert done.returncode == 2
    assert "ALERT_WEBHOOK_URL must start with http" in done.stderr
