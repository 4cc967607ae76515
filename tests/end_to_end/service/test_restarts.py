"""An API that is killed, stopped or moved under load: its clients and its recovery."""

import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import requests
from playwright.sync_api import expect

from answers import assert_problem
from running_stack import Stack, of_tickers
from visits import visit

pytestmark = pytest.mark.usefixtures("still_serves")
# Runs in the API's container. The script finds the worker with the long request by the age of its
# connection, stops the worker while it has no other connection, and kills it.
KILL_THE_BUSY_WORKER = r"""
import os, re, signal, sys, time
from contextlib import suppress
from pathlib import Path

def is_gunicorn(process):
    return process.name != "1" and b"gunicorn" in (process / "cmdline").read_bytes()

def parent(process):
    return re.findall(r"PPid:\s+(\d+)", Path(f"/proc/{process}/status").read_text())[0]

def connections(process):
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    established = {line[9] for line in lines if line[3] == "01"}
    found = set()
    for file in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # already closed
            found.add(os.readlink(file).removeprefix("socket:[").removesuffix("]"))
    return found & established

processes = [process.name for process in Path("/proc").glob("[0-9]*") if is_gunicorn(process)]
workers = [int(name) for name in processes if parent(name) in processes]
began, since = time.monotonic(), {}
while time.monotonic() < began + 20:
    for worker in workers:
        here = connections(worker)
        since = {each: when for each, when in since.items() if each[0] != worker or each[1] in here}
        since |= {(worker, one): time.monotonic() for one in here if (worker, one) not in since}
        if any(time.monotonic() - since[worker, one] > 1.5 for one in here):
            os.kill(worker, signal.SIGSTOP)
            if len(connections(worker)) == 1:
                os.kill(worker, signal.SIGKILL)
                sys.exit(0)
            os.kill(worker, signal.SIGCONT)
    time.sleep(0.02)
sys.exit("no worker had a long request and no other")
"""


class Load:
    """Clients that post a small file, each as soon as its previous request has a response."""

    def __init__(self, stack: Stack, data: bytes, clients: int) -> None:
        self.answers: Counter[int] = Counter()
        self.not_problems: list[str] = []  # errors that are not problem documents
        self._ask = lambda: stack.predict(data)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on) for _ in range(clients)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask_on(self) -> None:
        while not self._stop.is_set():
            answer = self._ask()
            self.answers[answer.status_code] += 1
            if (
                answer.status_code != 200
                and answer.headers["Content-Type"] != "application/problem+json"
            ):
                self.not_problems.append(answer.text)


def await_more(load: Load, answers: int = 20) -> None:
    before, deadline = load.answers.total(), time.monotonic() + 60
    while load.answers.total() < before + answers:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_killed_worker_costs_only_one_client_its_response(stack, sample_csv):
    with ThreadPoolExecutor(1) as pool:
        killed: Future[requests.Response] = pool.submit(stack.predict, of_tickers(sample_csv, 300))
        with Load(stack, sample_csv, clients=2) as load:
            stack.compose("exec", "-T", "api", "python", "-c", KILL_THE_BUSY_WORKER)
            await_more(load)
        answer = killed.result()
    assert_problem(answer, 502, "connection_lost")
    assert set(load.answers) == {200}
    assert stack.inspect("api")["RestartCount"] == 0


def test_an_api_stopped_under_load_finishes_its_requests(stack, sample_csv):
    with ThreadPoolExecutor(2) as pool, Load(stack, sample_csv, clients=4) as load:
        begun = [pool.submit(stack.predict, of_tickers(sample_csv, 100)) for _ in range(2)]
        await_more(load)
        assert not any(answer.done() for answer in begun)
        stack.compose("stop", "api")
        assert stack.inspect("api")["State"]["ExitCode"] == 0
        assert [answer.result().status_code for answer in begun] == [200, 200]
        stack.compose("start", "api")
        stack.await_status("/readyz", 200)
        await_more(load)
    assert set(load.answers) <= {200, 502, 503}
    assert load.not_problems == []
    log = stack.run("docker", "logs", stack.inspect("api")["Id"])
    assert "traceback" not in log.stdout + log.stderr


class MovingApi:
    """Stops the API and restarts it on a different address, because its old one is taken."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.neighbors = stack, list[str]()

    def leave(self) -> None:
        self.former = self.address("api")
        self.stack.compose("stop", "api")

    def come_back(self) -> None:
        while self.former not in map(self.address, self.neighbors):
            assert len(self.neighbors) < 20, f"no container gets {self.former}"
            self.start_neighbor(f"neighbor-{len(self.neighbors)}")
        self.stack.compose("start", "api")
        assert self.address("api") != self.former

    def start_neighbor(self, name: str) -> None:
        """Start an idle container, which takes an address."""
        api = self.stack.inspect("api")
        (network,) = api["NetworkSettings"]["Networks"]
        options = ("--detach", "--network", network, "--name", f"{self.stack.project}-{name}-1")
        sleep = ("--entrypoint", "sleep", api["Image"], "600")
        self.stack.run("docker", "run", *options, *sleep)
        self.neighbors.append(name)

    def address(self, container: str) -> str:
        (network,) = self.stack.inspect(container)["NetworkSettings"]["Networks"].values()
        found: str = network["IPAddress"]
        return found

    def answers(self) -> bool:
        """Return True if the API responds inside its container."""
        script = "from urllib.request import urlopen; urlopen('http://localhost:8000/readyz')"
        python = ("docker", "compose", "exec", "-T", "api", "python", "-c")
        return self.stack.run(*python, script, check=False).returncode == 0

    def remove_neighbors(self) -> None:
        for name in self.neighbors:
            self.stack.run("docker", "rm", "--force", f"{self.stack.project}-{name}-1")


@pytest.fixture
def api(stack):
    api = MovingApi(stack)
    yield api
    stack.compose("start", "api")
    api.remove_neighbors()


def test_an_api_on_a_new_address_is_found_within_ten_seconds(stack, api):
    api.leave()
    absent = stack.await_status("/readyz", 503)
    assert_problem(absent, 503, "api_unavailable")
    assert int(absent.headers["Retry-After"]) > 0
    api.come_back()
    deadline = time.monotonic() + 60
    while not api.answers():
        assert time.monotonic() < deadline
    stack.await_status("/readyz", 200, seconds=10)


def test_the_page_shows_that_the_api_is_away_until_it_is_back(browser, stack, api):
    context = browser.new_context()
    page = context.new_page()
    visit(page, stack.url)
    notice, status = page.locator(".masthead-notice"), page.locator(".masthead-status")
    expect(status).to_contain_text(
        "Ready", timeout=30_000
    )  # nginx may still try the API's address of the previous test
    api.leave()
    expect(notice).to_contain_text("isn't responding", timeout=30_000)
    api.come_back()
    expect(notice).to_be_hidden(timeout=30_000)
    expect(status).to_contain_text("Ready", timeout=30_000)
    context.close()
