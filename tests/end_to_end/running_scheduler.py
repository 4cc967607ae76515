"""The real scheduler: Dagster's page, its runs, and the nights that it works through."""

import json
import time
from collections.abc import Collection
from typing import Any

import requests

from loop_stack import INBOX, LoopStack, at, minutes_before
from rehearsal_nights import Nights
from running_stack import free_port

LOOP_SECONDS = 5
RUN_SECONDS = 60  # in which a file that came in must have been taken, scored and forecast
START_SECONDS = 90
UNREACHABLE = "json://127.0.0.1:9"  # mustn't fail a run, nor keep notices from the other address
RUNS = "{ runsOrError { ... on Runs { results { runId status } } } }"
# An HTTP server that prints the body of each request.
SINK = """
import http.server
class Sink(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers['Content-Length'])).decode(), flush=True)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(('', 9000), Sink).serve_forever()
"""


class Scheduler:
    """A stack whose scheduler runs. Each night delivers the next session's prices."""

    def __init__(self, loop: LoopStack, nights: Nights) -> None:
        self.loop, self.nights, self.stack = loop, nights, loop.stack
        self.port, self.sink = free_port(), f"{self.stack.project}-sink"
        self.stack.settings |= {
            "SCHEDULER_PORT": str(self.port),
            "LOOP_SECONDS": str(LOOP_SECONDS),
            "NOTIFY_URLS": f"{UNREACHABLE} json://sink:9000",
        }
        self.night = 0

    @property
    def url(self) -> str:
        """The address of Dagster's page."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the stack with the loop, and a server that receives the notices."""
        self.stack.compose("up", "--detach", "--no-deps", "api", "frontend")
        image, network = self.stack.inspect("api")["Image"], f"{self.stack.project}_default"
        options = ("--name", self.sink, "--network", network, "--network-alias", "sink")
        entry = ("--entrypoint", "python", image, "-c", SINK)
        self.stack.run("docker", "run", "--detach", "--rm", *options, *entry)
        self.up()

    def up(self) -> None:
        """Start the scheduler, and wait for its page."""
        self.stack.compose("--profile", "loop", "up", "--detach", "--no-deps", "scheduler")
        await_true(self._answers, START_SECONDS)

    def remove_sink(self) -> None:
        """Remove the server of the notices, so that the network can be removed."""
        self.stack.run("docker", "rm", "--force", self.sink, check=False)

    def notices(self) -> list[str]:
        """Return the texts of all notices."""
        printed = self.stack.run("docker", "logs", self.sink).stdout
        return [json.loads(line)["message"] for line in printed.splitlines()]

    def held_notices(self) -> list[str]:
        """Return the texts of the notices about held deliveries."""
        return [text for text in self.notices() if "was held back" in text]

    def runs(self, statuses: Collection[str] = ()) -> dict[str, str]:
        """Return the status of each of Dagster's runs, or of those with one of some statuses."""
        answer = requests.post(f"{self.url}/graphql", json={"query": RUNS}, timeout=10)
        results = answer.json()["data"]["runsOrError"]["results"]
        found = {run["runId"]: run["status"] for run in results}
        return {run: status for run, status in found.items() if not statuses or status in statuses}

    def next_evening(self) -> str:
        """Deliver the next session's prices and set the clock to its evening."""
        day = self.nights.days[self.night]
        self.night += 1
        rows = self.nights.rows
        self.deliver(f"prices-{day}.csv", rows[rows["Date"] == day], day)
        return day

    def deliver(self, name: str, data: Any, day: str, clock: str = "22:00") -> None:
        """Put a file into the inbox, and set the clock to five minutes later."""
        now = at(day, clock)
        self.loop.deliver(name, data, minutes_before(now))
        self.loop.set_clock(now)

    def await_forecasts_from(self, day: str, seconds: float = RUN_SECONDS) -> None:
        """Wait until the forecasts from a session are written and the run has ended."""

        def done() -> bool:
            # A kill while the ledger was written leaves it unreadable until the next round.
            answer = requests.get(f"{self.stack.url}/forecasts?steps=1", timeout=10)
            latest = answer.json()["forecasts"] if answer.status_code == 200 else []
            return bool(latest) and {one["origin"] for one in latest} == {day} and self.is_idle()

        await_true(done, seconds)

    def is_idle(self) -> bool:
        """Whether no run is waiting or in progress."""
        return set(self.runs().values()) <= {"SUCCESS", "FAILURE", "CANCELED"}

    def held(self) -> list[dict[str, Any]]:
        """Return the deliveries that are held back."""
        found: list[dict[str, Any]] = self.loop.get("/forecasts")["state"]["held"]
        return found

    def origins(self) -> list[str]:
        """Return the sessions whose prices were delivered."""
        return [self.nights.start, *self.nights.days[: self.night]]

    def inbox(self) -> list[str]:
        """Return the names of the files that haven't been taken."""
        return [file.name for file in (self.stack.tree / INBOX).glob("[!.]*")]

    def _answers(self) -> bool:
        return requests.get(f"{self.url}/server_info", timeout=5).status_code == 200


def await_true(ask: Any, seconds: float) -> None:
    """Repeat a question until the answer is true. Fails after `seconds`."""
    deadline, last = time.monotonic() + seconds, "false"
    while time.monotonic() < deadline:
        try:
            if ask():
                return
        except requests.RequestException as error:
            last = repr(error)
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds:.0f} s; last: {last}")
