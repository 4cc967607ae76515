"""Each state of the page in all views: no overflow, accessibility errors or console messages.

The tests save screenshots of all states in the `screenshots/` folder.
"""

import pytest
from playwright.sync_api import expect

from csv_changes import in_portuguese, with_bad_volumes, with_unclear_dates
from ledger_answers import HELD, answer_ledger, loop_state
from page_actions import answer_model, look_again, problem, serve
from visits import FAILED, TRAINING, Visit

PUBLISHING = {**TRAINING, "state": "done", "stage": "publish"}


class View:
    """A visit, and the sample as text and as rows."""

    def __init__(self, visit, sample):
        self.visit, self.page = visit, visit.page
        self.sample = sample.decode()
        self.rows = self.sample.splitlines()

    def choose(self, *files):
        self.visit.choose(*((name, text.encode()) for name, text in files))

    def with_cells(self, cells):
        """Return the sample with changed cells: (row, column) -> text."""
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
    if (
        view.page.locator(".guide").get_attribute("open") is None
    ):  # on a wide screen, it is already open
        view.page.locator(".guide summary").click()
    expect(view.page.locator(".guide pre")).to_be_visible()


def forecasting(view):
    view.page.route("**/predict*", lambda route: None)
    view.choose(("petr4 daily prices.csv", view.sample))
    expect(view.page.locator("[data-part=cancel]")).to_be_visible()


def answered(view):
    view.visit.try_sample()


def everything_open(view):
    view.visit.try_sample()
    for details in (".trust-card summary", ".chart-table summary"):
        view.page.locator(details).click()
    expect(view.page.locator(".chart-table tbody tr").first).to_be_visible()


def several_files(view):
    bad = with_bad_volumes(view.sample.encode()).decode()
    view.choose(
        ("aapl.csv", view.sample),
        ("a rather long name of a file from somewhere (2).csv", view.sample),
        ("bad.csv", bad),
    )
    view.visit.expect_result("aapl.csv")
    expect(view.page.locator('.files [data-phase="done"]')).to_have_count(2)
    expect(view.page.locator('.files [data-phase="failed"]')).to_have_count(1)


def several_tickers(view):
    other = "".join(row.replace("AAPL", "VALE3") + "\n" for row in view.rows[1:])
    view.choose(("two.csv", view.sample + other))
    view.visit.expect_result("two.csv")
    view.page.locator(".tickers-open").click()
    expect(view.page.locator(".tickers-list [role=option]")).to_have_count(2)


def notes_about_the_file(view):
    rows = [f"{row},x" for row in view.rows]
    rows[0] = f"{view.rows[0]},Name"
    rows[50] = ",".join([*view.rows[50].split(",")[:6], "0", "x"])
    del rows[80]
    view.choose(("noted.csv", "\n".join(rows)))
    view.visit.expect_result("noted.csv")
    expect(view.page.locator(".forecast-warnings")).to_be_visible()


def bad_cells(view):
    cells = {
        (300, 6): "plenty",
        (12, 2): "",
        (20, 1): "03/04/2012",
        (21, 1): "03/05/2012",
        (100, 3): "-4",
        (100, 4): "abc",
        **{(row, 6): "1.5x" for row in (200, 201, 202)},
    }
    view.choose(("bad.csv", view.with_cells(cells)))
    expect(view.page.locator(".problem table").first).to_be_visible()


def decimal_commas(view):
    rows = [
        row.replace(".", ",") if 40 <= number < 60 else row for number, row in enumerate(view.rows)
    ]
    view.choose(("b3.csv", "\n".join(rows)))
    expect(view.page.locator(".problem table").first).to_be_visible()


def the_reading(view):
    view.visit.choose(("cotacoes.csv", in_portuguese(view.sample.encode())))
    view.visit.expect_result("cotacoes.csv")
    view.page.locator(".reading summary").click()
    expect(view.page.locator(".reading [data-part=volume_unit]")).to_be_visible()


def a_doubt(view):
    view.visit.choose(("unclear.csv", with_unclear_dates(view.sample.encode())))
    expect(view.page.locator(".problem-choice")).to_have_count(2)


def several_doubts(view):
    view.visit.try_sample()
    header, *rows = with_unclear_dates(view.sample.encode()).decode().splitlines()
    lines = [f"{header},Quantity", *(f"{row},{number}00" for number, row in enumerate(rows, 9))]
    view.choose(("unclear.csv", "\n".join(lines)))
    expect(view.page.locator(".problem-choice")).to_have_count(4)
    view.page.locator(".problem-choice").first.click()
    expect(view.page.locator("[aria-pressed=true]")).to_have_count(1)


def missing_columns(view):
    header = view.rows[0].replace("Open", "One").replace("Volume", "Two")
    view.choose(("foreign.csv", "\n".join([header, *view.rows[1:]])))
    expect(view.page.locator(".problem-remedies")).to_be_visible()


def too_short(view):
    view.choose(("short.csv", "\n".join(view.rows[:30])))
    expect(view.page.locator(".problem")).to_be_visible()


def a_problem_next_to_a_result(view):
    view.visit.try_sample()
    view.choose(("bad.csv", with_bad_volumes(view.sample.encode()).decode()))
    expect(view.page.locator(".problem table").first).to_be_visible()
    expect(view.page.locator(".result")).to_be_visible()


def not_reached(view):
    view.page.route("**/predict*", lambda route: route.abort())
    view.choose(("prices.csv", view.sample))
    expect(view.page.locator(".problem")).to_be_visible()


def busy(view):
    answer = problem(503, retry_after=30, code="overloaded", params={})
    view.page.route("**/predict*", lambda route: route.fulfill(**answer))
    view.choose(("prices.csv", view.sample))
    expect(view.page.locator(".dropzone-call")).to_contain_text("prices.csv")


def stopped(view):
    view.visit.try_sample()
    answer = problem(503, retry_after=30, code="api_unavailable", params={})
    for path in ("**/predict*", "**/model"):
        view.page.route(path, lambda route: route.fulfill(**answer))
    view.choose(("prices.csv", view.sample))
    look_again(view.page)
    expect(view.page.locator(".masthead-notice")).not_to_be_empty()
    expect(view.page.locator('.files [data-phase="waiting"]')).to_be_visible()


def cut_off(view):
    view.visit.try_sample()
    view.page.context.set_offline(True)
    expect(view.page.locator(".masthead-notice")).to_be_visible()


def a_newer_model(view):
    view.visit.try_sample()
    serve(view.page, model={"version": "20991231T000000Z-00000000"})
    expect(view.page.locator(".result-newer")).to_be_visible()


def a_failed_retraining(view):
    serve(view.page, trainer=FAILED)
    view.page.locator(".masthead-why summary").click()
    expect(view.page.locator(".masthead-why pre")).to_be_visible()


def a_broken_workbook(view):
    view.choose(("prices.xlsx", "PK\x03\x04"))
    expect(view.page.locator(".problem-remedies")).to_be_visible()


def following_nothing(view):
    open_watch_list(view)
    expect(view.page.locator(".watch-start")).to_be_visible()


def following(view):
    open_watch_list(view, loop_state(HELD, awaited="2013-03-01", missed=3))
    expect(view.page.locator(".watch-table tbody tr")).to_have_count(50)


def a_followed_ticker(view):
    following(view)
    view.page.get_by_role("link", name="AAPL").click()
    expect(view.page.locator(".watch-ticker .chart canvas")).to_be_visible()


def open_watch_list(view, state=None):
    answer_ledger(view.page, 60, state)
    name = view.visit.text("Watch-list", "Acompanhamento")
    view.page.get_by_role("link", name=name, exact=True).click()


def no_result_yet(view):
    expect(view.page.locator(".training")).to_be_visible()


def api_away(view):
    expect(view.page.locator(".masthead-notice")).to_be_visible()


STATES = [
    start, pasting, guided, forecasting, answered, everything_open, several_files, several_tickers,
    notes_about_the_file, bad_cells, decimal_commas, missing_columns, too_short, the_reading,
    a_doubt, several_doubts,
    a_problem_next_to_a_result, not_reached, busy, stopped, cut_off, a_newer_model,
    a_failed_retraining, a_broken_workbook, following_nothing, following, a_followed_ticker,
]  # fmt: skip
WITHOUT_A_MODEL = {
    "training": TRAINING,
    "training_failed": FAILED,
    "publishing": PUBLISHING,
    "untrained": None,
}


# A state is entered in the first view. Then the window is resized to the second one.
VIEWS_OF_A_LANGUAGE = {
    "english": ("en_360_dark", "en_1440_light"),
    "portuguese": ("pt_1440_dark", "pt_360_light"),
}


@pytest.fixture(params=VIEWS_OF_A_LANGUAGE)
def open_view(request, browser, base_url, axe, screenshots, sample_csv):
    """Returns a function that opens the page, puts it into a state and checks it in two views."""
    views = VIEWS_OF_A_LANGUAGE[request.param]
    visit = Visit(browser, views[0], base_url, axe)

    def look(name, enter_state, before=lambda page: None):
        before(visit.page)
        visit.open()
        enter_state(View(visit, sample_csv))
        for view in views:
            visit.change_to(view)
            visit.page.screenshot(path=screenshots / f"{name}_{view}.png", full_page=True)
            visit.expect_in_order()

    yield look
    visit.close()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_state_of_a_visit_is_in_order(open_view, state):
    open_view(state.__name__, state)


@pytest.mark.parametrize("name", WITHOUT_A_MODEL)
def test_a_state_without_a_model_is_in_order(open_view, name):
    open_view(name, no_result_yet, lambda page: answer_model(page, trainer=WITHOUT_A_MODEL[name]))


def test_the_page_without_its_api_is_in_order(open_view):
    answer = problem(503, code="api_unavailable", params={})
    open_view(
        "api_away",
        api_away,
        lambda page: page.route("**/model", lambda route: route.fulfill(**answer)),
    )
