"""Measure the page's first paint and size, and how long a large file blocks the page.

    .venv/bin/python benchmarks/page.py [ADDRESS]      with a running stack and Chromium

`make bench-page` runs it. The first visits have an empty cache and a CPU that Chromium slows down
as Lighthouse does for a phone. They are compared with visits without styles and scripts. Then, with
a CPU at full speed, the page sends a file of 500 tickers and 1,250 sessions; its time is compared
with a plain client's. Chromium reports paints and long tasks. Exits with status 1 if a goal is
missed.
"""

import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import bodies
import requests
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

ADDRESS = "http://localhost:5001"
VISITS, FILES_SENT = 5, 3
SLOWER = 4  # Lighthouse's factor for a mid-range phone
TICKERS, SESSIONS, DECIMALS = 500, 1250, 14  # about 60 MB; some data vendors send 14 decimals
ANSWER_SECONDS = 60
FIRST_PAINT_SECONDS, KILOBYTES, LONGEST_TASK_SECONDS = 1.0, 150, 0.2  # the goals
OBSERVE_TASKS = """window.tasks = [];
const keep = list => list.getEntries().forEach(({ duration }) => tasks.push(duration));
new PerformanceObserver(keep).observe({ type: 'longtask', buffered: true });"""
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def main() -> None:
    """Print the table and the notes."""
    address = sys.argv[1] if len(sys.argv) > 1 else ADDRESS
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        large = Path(folder) / "large.csv"
        large.write_bytes(bodies.history(SESSIONS, TICKERS, DECIMALS))
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--disable-gpu", "--no-sandbox"]
        )
        visits = [first_visit(browser, address) for _ in range(VISITS)]
        bare = [first_visit(browser, address, bare=True) for _ in range(VISITS)]
        sent = [send(browser, address, large) for _ in range(FILES_SENT)]
        browser.close()
        megabytes = large.stat().st_size / 1e6
        posted = min(post(address, large) for _ in range(FILES_SENT))
    paint, words = (
        statistics.median(visit.paint_seconds for visit in those) for those in (visits, bare)
    )
    first = visits[0]
    drawn, longest = min(seconds for seconds, _ in sent), max(task for _, task in sent)
    goals = [
        (f"first paint on a CPU slowed down {SLOWER} times, s", paint, FIRST_PAINT_SECONDS),
        ("first visit, compressed, kB", first.kilobytes, KILOBYTES),
        ("longest task while the large file is sent and drawn, s", longest, LONGEST_TASK_SECONDS),
    ]
    notes = [
        f"The first paint takes {paint / words:.1f} times as long as without styles and scripts.",
        f"A first visit fetches {first.answers} files; their headers add "
        f"{first.header_kilobytes:.0f} kB.",
        f"The large file ({megabytes:.0f} MB) is drawn after {drawn:.1f} s, {drawn / posted:.2f} "
        f"times the {posted:.1f} s that a plain client needs.",
    ]
    sys.stdout.write("\n".join([*table(goals), "", *notes, ""]))
    sys.exit(0 if all(found <= goal for _, found, goal in goals) else 1)


@dataclass(frozen=True)
class FirstVisit:
    """A visit with an empty cache."""

    paint_seconds: float
    answers: int
    kilobytes: float  # of the bodies, as transferred
    header_kilobytes: float


def first_visit(browser: Browser, address: str, *, bare: bool = False) -> FirstVisit:
    """Open the page; `bare` fetches neither styles nor scripts."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    if bare:
        page.route("**/*", refuse_assets)
    devtools = context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    devtools.send("Network.enable")
    headers: list[float] = []
    whole: list[float] = []
    devtools.on(
        "Network.responseReceived",
        lambda event: headers.append(event["response"]["encodedDataLength"]),
    )
    devtools.on("Network.loadingFinished", lambda event: whole.append(event["encodedDataLength"]))
    page.goto(address)
    page.wait_for_function(f"{FIRST_PAINT} !== null")
    page.wait_for_timeout(1000)  # scripts may fetch more after the page has loaded
    seconds = page.evaluate(FIRST_PAINT) / 1000
    context.close()
    return FirstVisit(seconds, len(whole), (sum(whole) - sum(headers)) / 1000, sum(headers) / 1000)


def refuse_assets(route: Route) -> None:
    """Let only the document itself through."""
    if route.request.resource_type == "document":
        route.continue_()
    else:
        route.abort()


def send(browser: Browser, address: str, file: Path) -> tuple[float, float]:
    """Send a file. Returns the seconds until its chart is drawn, and the longest task's seconds."""
    page: Page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-US")
    page.add_init_script(OBSERVE_TASKS)
    page.goto(address)
    expect(page.locator(".masthead-status")).to_contain_text("Ready")
    began = time.perf_counter()
    page.set_input_files(".dropzone input[type=file]", file)
    expect(page.locator(".chart canvas")).to_be_visible(timeout=ANSWER_SECONDS * 1000)
    seconds = time.perf_counter() - began
    page.wait_for_timeout(1000)
    tasks: list[float] = page.evaluate("tasks")
    page.close()
    return seconds, max(tasks, default=0) / 1000


def post(address: str, file: Path) -> float:
    """Return the seconds until a plain client has the response to a file."""
    began = time.perf_counter()
    with file.open("rb") as content:
        requests.post(
            f"{address}/predict?points=20", files={"file": content}, timeout=ANSWER_SECONDS
        ).raise_for_status()
    return time.perf_counter() - began


def table(goals: list[tuple[str, float, float]]) -> Iterator[str]:
    """Yield the measured values next to the goals, as Markdown."""
    yield "| what | result | at most | met |"
    yield "|---|--:|--:|---|"
    for what, found, goal in goals:
        yield f"| {what} | {found:.3g} | {goal:g} | {'yes' if found <= goal else 'NO'} |"


if __name__ == "__main__":
    main()
