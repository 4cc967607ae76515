"""A visit to the page in one language, screen width and color scheme, with only the keyboard."""

from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

VIEWS = {  # language, width in pixels, color scheme
    "en_360_dark": ("en-US", 360, "dark"),
    "en_1440_light": ("en-US", 1440, "light"),
    "pt_360_light": ("pt-BR", 360, "light"),
    "pt_1440_dark": ("pt-BR", 1440, "dark"),
}
# States of the trainer, as reported by GET /model.
TRAINING = {
    "state": "running",
    "stage": "train",
    "epoch": 15,
    "epochs": 60,
    "loss": 0.4,
    "validation_loss": 0.45,
    "eta_seconds": 41.0,
    "error": None,
    "updated_at": "2026-11-22T10:15:00Z",
}
FAILED = {
    **TRAINING,
    "state": "failed",
    "stage": "load_data",
    "epoch": None,
    "error": "row 812, column Volume: expected a number",
}

MOST_STEPS = 150  # presses of Tab, for the whole page with every panel open
# The browser logs refused and aborted requests, which some tests cause on purpose.
EXPECTED_FAILURES = ("Failed to load resource", "net::ERR_")
AXE_VIOLATIONS = """async () => {
  const describe = ({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`;
  const { violations } = await axe.run();
  return violations.map(({ id, nodes }) => [id, ...nodes.slice(0, 3).map(describe)]);
}"""
NEXT_FRAMES = """() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(done)))"""
FOCUS_IS_RINGED = """element => {
  const ringed = element.matches('.visually-hidden') ? element.nextElementSibling : element;
  const { outlineStyle, outlineWidth } = getComputedStyle(ringed);
  return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
}"""


def drop(
    page: Page, locator: Locator, *, files: tuple[Path, ...] = (), text: str | None = None
) -> None:
    """Drop files, folders or text onto an element, as if from another window."""
    box = locator.bounding_box()
    assert box is not None
    items = [] if text is None else [{"mimeType": "text/plain", "data": text}]
    data = {"items": items, "files": [str(file) for file in files], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
    session.detach()


def visit(page: Page, url: str) -> bool:
    """Open the page. Returns False if Chromium dropped requests and the page was loaded again.

    Chromium drops requests when a container starts or stops, which changes the host's networks.
    """
    dropped: list[str] = []
    page.on(
        "console",
        lambda message: (
            dropped.append(message.text) if "ERR_NETWORK_CHANGED" in message.text else None
        ),
    )
    page.goto(url)
    if dropped:
        page.reload()
    return not dropped


class Visit:
    """The page in one of `VIEWS`, used with the keyboard: Tab must reach every control."""

    def __init__(self, browser: Browser, view: str, url: str, axe: str) -> None:
        locale, width, color_scheme = VIEWS[view]
        self.is_english = locale == "en-US"
        self._url, self._axe = url, axe
        self._context = browser.new_context(
            viewport={"width": width, "height": 900},
            locale=locale,
            color_scheme=color_scheme,
            reduced_motion="reduce",
        )
        self._context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page = self._context.new_page()
        self._failures: list[str] = []
        self.page.on(
            "console",
            lambda message: (
                message.type in ("error", "warning") and self._failures.append(message.text)
            ),
        )
        self.page.on("pageerror", lambda error: self._failures.append(str(error)))

    def change_to(self, view: str) -> None:
        """Give the screen the width and the color scheme of another view, as a resized window."""
        locale, width, color_scheme = VIEWS[view]
        assert self.is_english == (locale == "en-US")
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=color_scheme, reduced_motion="reduce")
        self.page.evaluate(NEXT_FRAMES)

    def open(self) -> None:
        """Load the page."""
        visit(self.page, self._url)

    def close(self) -> None:
        """Close the page."""
        self._context.close()

    def text(self, english: str, portuguese: str) -> str:
        """Choose the text in the visit's language."""
        return english if self.is_english else portuguese

    def reach(self, locator: Locator) -> None:
        """Press Tab until an element has the focus, and check that the focus is visible."""
        expect(locator).to_be_visible()
        for _ in range(MOST_STEPS):
            if locator.evaluate("element => element === document.activeElement"):
                assert locator.evaluate(FOCUS_IS_RINGED), f"no visible focus on {locator}"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{MOST_STEPS} presses of Tab don't reach {locator}")

    def press(self, locator: Locator, *keys: str) -> None:
        """Move the focus to an element and press keys there, by default Enter."""
        self.reach(locator)
        for key in keys or ("Enter",):
            self.page.keyboard.press(key)

    def choose(self, *files: tuple[str, bytes]) -> None:
        """Choose files: (name, content)."""
        with self.page.expect_file_chooser() as opened:
            self.press(self.page.locator("[data-part=choose]"))
        opened.value.set_files(
            [{"name": name, "mimeType": "text/csv", "buffer": content} for name, content in files]
        )

    def try_sample(self) -> None:
        """Forecast the sample."""
        self.press(self.page.locator("[data-part=sample]"))
        self.expect_result("sample.csv")

    def expect_result(self, name: str, timeout: float = 10_000) -> None:
        """Wait until the chart of a file's forecast is visible."""
        title = self.text(f"Forecast from {name}", f"Previsão de {name}")
        expect(self.page.locator(".result-head h2")).to_have_text(title, timeout=timeout)
        expect(self.page.locator(".result")).to_have_attribute("aria-busy", "false")
        expect(self.page.locator(".chart canvas")).to_be_visible()
        expect(self.page.locator(".problem")).to_be_hidden()

    def expect_in_order(self) -> None:
        """Check that nothing overflows, axe-core finds no errors, and the console is empty."""
        overflow = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, f"{overflow} pixels wider than the screen"
        self.page.evaluate(self._axe)
        violations = self.page.evaluate(AXE_VIOLATIONS)
        assert violations == [], f"axe-core: {violations}"
        unexpected = [
            text
            for text in self._failures
            if not any(expected in text for expected in EXPECTED_FAILURES)
        ]
        assert unexpected == [], f"in the console: {unexpected}"


def part(visit: Visit, component: str, name: str) -> Locator:
    """Find a part of a component: an element with `data-part`."""
    return visit.page.locator(f"{component} [data-part={name}]")
