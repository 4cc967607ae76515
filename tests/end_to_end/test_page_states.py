"""Each state of the page, in both languages, on a phone and on a wide screen, dark and light.

In each: nothing wider than the screen, nothing that axe-core finds, nothing against the Content-Security-Policy, no error of a
script. Pictures of all of them are written to the folder `screenshots/`, to be looked through.
"""

import json

import pytest
from playwright.sync_api import expect

from visits import FAILED, TRAINING, visit

VIEWS = {  # language, width in pixels, colours
    "en_360_dark": ("en-US", 360, "dark"),
    "en_1440_light": ("en-US", 1440, "light"),
    "pt_360_light": ("pt-BR", 360, "light"),
    "pt_1440_dark": ("pt-BR", 1440, "dark"),
}
PUBLISHING = {**TRAINING, "state": "done", "stage": "publish"}
# What the browser itself says of a request that was refused or cut: that is the state's doing.
EXPECTED_FAILURES = ("Failed to load resource", "net::ERR_")
VIOLATIONS = """async () => (await axe.run()).violations.map(
  ({ id, nodes }) => [id, ...nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`)])"""


class View:
    """The page in one language, size and colouring, and what is done to it."""

    def __init__(self, page, sample):
        self.page, self.sample, self.rows = page, sample.decode(), sample.decode().splitlines()

    def choose(self, *files):
        named = [{"name": name, "mimeType": "text/csv", "buffer": text.encode()} for name, text in files]
        self.page.set_input_files(".dropzone input[type=file]", named)

    def has_result(self):
        expect(self.page.locator(".result")).to_be_visible()
        expect(self.page.locator(".result")).to_have_attribute("aria-busy", "false")
        expect(self.page.locator(".chart canvas")).to_be_visible()

    def has_problem(self):
        expect(self.page.locator(".problem")).to_be_visible()

    def answer(self):
        self.page.locator("[data-part=sample]").click()
        self.has_result()

    def with_cells(self, cells):
        """The sample with some cells changed: (row, column) -> text."""
        table = [row.split(",") for row in self.rows]
        for (row, column), text in cells.items():
            table[row][column] = text
        return "\n".join(",".join(row) for row in table) + "\n"


def start(view):
    expect(view.page.locator("[data-part=sample]")).to_be_visible()


def pasting(view):
    view.page.locator("[data-part=paste]").click()
    expect(view.page.locator(".dropzone-pasting")).to_be_visible()


def guided(view):
    if view.page.locator(".guide").get_attribute("open") is None:  # on a wide screen there is room for it from the start
        view.page.locator(".guide summary").click()
    expect(view.page.locator(".guide pre")).to_be_visible()


def forecasting(view):
    view.page.route("**/predict*", lambda route: None)
    view.choose(("petr4 daily prices.csv", view.sample))
    expect(view.page.locator("[data-part=cancel]")).to_be_visible()


def answered(view):
    view.answer()


def everything_open(view):
    view.answer()
    for details in (".trust-card summary", ".chart-figures summary"):
        view.page.locator(details).click()
    expect(view.page.locator(".chart-figures tbody tr").first).to_be_visible()


def several_files(view):
    bad = view.with_cells({(300, 6): "plenty"})
    view.choose(("aapl.csv", view.sample), ("a rather long name of a file from somewhere (2).csv", view.sample), ("bad.csv", bad))
    view.has_result()
    expect(view.page.locator('.files [data-phase="done"]')).to_have_count(2)
    expect(view.page.locator('.files [data-phase="failed"]')).to_have_count(1)


def several_tickers(view):
    other = "".join(row.replace("AAPL", "VALE3") + "\n" for row in view.rows[1:])
    view.choose(("two.csv", view.sample + other))
    view.has_result()
    view.page.locator(".tickers-open").click()
    expect(view.page.locator(".tickers-list [role=option]")).to_have_count(2)


def notes_about_the_file(view):
    rows = [f"{row},x" for row in view.rows]
    rows[0] = f"{view.rows[0]},Name"
    rows[50] = ",".join([*view.rows[50].split(",")[:6], "0", "x"])
    del rows[80]
    view.choose(("noted.csv", "\n".join(rows)))
    view.has_result()
    expect(view.page.locator(".forecast-warnings")).to_be_visible()


def bad_cells(view):
    cells = {(300, 6): "plenty", (12, 2): "", (20, 1): "03/04/2012", (21, 1): "03/05/2012", (100, 3): "-4", (100, 4): "abc"}
    view.choose(("bad.csv", view.with_cells(cells)))
    expect(view.page.locator(".problem table").first).to_be_visible()


def decimal_commas(view):
    rows = [row.replace(".", ",") if 40 <= number < 60 else row for number, row in enumerate(view.rows)]
    view.choose(("b3.csv", "\n".join(rows)))
    expect(view.page.locator(".problem table").first).to_be_visible()


def foreign_columns(view):
    names = {"Date": "Data", "Open": "Abertura", "High": "Máxima", "Low": "Mínima", "Close": "Fechamento"}
    header = ",".join(names.get(name, name) for name in view.rows[0].split(","))
    view.choose(("cotacoes.csv", "\n".join([header, *view.rows[1:]])))
    expect(view.page.locator(".problem-way")).to_be_visible()


def too_short(view):
    view.choose(("short.csv", "\n".join(view.rows[:30])))
    view.has_problem()


def a_problem_beside_a_result(view):
    view.answer()
    view.choose(("bad.csv", view.with_cells({(300, 6): "11 518 400"})))
    expect(view.page.locator(".problem table").first).to_be_visible()
    expect(view.page.locator(".result")).to_be_visible()


def not_reached(view):
    view.page.route("**/predict*", lambda route: route.abort())
    view.choose(("prices.csv", view.sample))
    view.has_problem()


def busy(view):
    problem = {"type": "about:blank", "title": "Service Unavailable", "status": 503, "request_id": "abc", "errors": []}
    problem["detail"] = "Too many files are being forecast at once. Send this one again in a few seconds."
    headers = {"Retry-After": "30", "Content-Type": "application/problem+json"}
    view.page.route("**/predict*", lambda route: route.fulfill(status=503, headers=headers, body=json.dumps(problem)))
    view.choose(("prices.csv", view.sample))
    expect(view.page.locator(".dropzone-call")).to_contain_text("prices.csv")


def cut_off(view):
    view.answer()
    view.page.context.set_offline(True)
    expect(view.page.locator(".masthead-notice")).to_be_visible()


def a_newer_model(view):
    view.answer()
    served = view.page.request.get(view.page.url + "model").json()
    served["model"]["version"] = "20991231T000000Z-00000000"
    view.page.route("**/model", lambda route: route.fulfill(json=served))
    view.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(view.page.locator(".result-newer")).to_be_visible()


def no_result_yet(view):
    expect(view.page.locator(".training")).to_be_visible()


def api_away(view):
    expect(view.page.locator(".masthead-notice")).to_be_visible()


STATES = [
    start, pasting, guided, forecasting, answered, everything_open, several_files, several_tickers, notes_about_the_file, bad_cells,
    decimal_commas, foreign_columns, too_short, a_problem_beside_a_result, not_reached, busy, cut_off, a_newer_model,
]  # fmt: skip
WITHOUT_A_MODEL = {"training": TRAINING, "training_failed": FAILED, "publishing": PUBLISHING, "untrained": None}


@pytest.fixture(scope="session")
def axe(stack):
    """axe-core, as the frontend's package-lock.json names it, out of the image that its tests run in."""
    tag = f"{stack.project}-libraries"
    stack.run("docker", "build", "--quiet", "--target", "libraries", "--file", "services/frontend/Dockerfile", "--tag", tag, ".")
    yield stack.run("docker", "run", "--rm", "--entrypoint", "cat", tag, "node_modules/axe-core/axe.min.js").stdout
    stack.run("docker", "rmi", "--force", tag)


@pytest.fixture(params=VIEWS)
def open_view(request, browser, base_url, axe, screenshots, sample_csv):
    """Opens the page and, once it is in the state that the test puts it into, looks at it."""
    locale, width, colours = VIEWS[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale=locale, color_scheme=colours, reduced_motion="reduce"
    )  # fmt: skip
    page = context.new_page()
    failures = []
    page.on("console", lambda message: message.type in ("error", "warning") and failures.append(message.text))
    page.on("pageerror", lambda error: failures.append(str(error)))

    def look(name, put_into_it, before=lambda page: None):
        before(page)
        visit(page, base_url)
        put_into_it(View(page, sample_csv))
        page.screenshot(path=screenshots / f"{name}_{request.param}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        page.evaluate(axe)
        assert page.evaluate(VIOLATIONS) == []
        assert [text for text in failures if not any(expected in text for expected in EXPECTED_FAILURES)] == []

    yield look
    context.close()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_state_of_a_visit_is_in_order(open_view, state):
    open_view(state.__name__, state)


@pytest.mark.parametrize("name", WITHOUT_A_MODEL)
def test_a_state_without_a_model_is_in_order(open_view, name):
    told = {"model": None, "refused": None, "trainer": WITHOUT_A_MODEL[name]}
    open_view(name, no_result_yet, lambda page: page.route("**/model", lambda route: route.fulfill(json=told)))


def test_the_page_without_its_api_is_in_order(open_view):
    away = {"title": "Forecaster not available", "status": 503, "detail": "", "request_id": "x", "errors": []}
    answer = {"status": 503, "content_type": "application/problem+json", "body": json.dumps(away)}
    open_view("api_away", api_away, lambda page: page.route("**/model", lambda route: route.fulfill(**answer)))
