"""The page in a fresh browser context."""

from urllib.parse import urlsplit

import pytest

from visits import Visit
from visits import visit as load

VIEWS = ("en_360_dark", "pt_1440_dark")


@pytest.fixture
def open_page(browser, base_url):
    """Returns a function that opens the page, which records its errors and request origins."""
    contexts = []

    def open_page(before=None, locale="en-US"):
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale=locale)
        contexts.append(context)
        page = context.new_page()
        page.failures, page.origins = [], set()

        def record_message(message):
            if message.type in ("error", "warning"):
                page.failures.append(message.text)

        def record_origin(request):
            page.origins.add("{0.scheme}://{0.netloc}".format(urlsplit(request.url)))

        page.on("console", record_message)
        page.on("pageerror", lambda error: page.failures.append(str(error)))
        page.on("request", record_origin)
        if before:
            before(page)
        if not load(page, base_url):
            page.failures.clear()
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture(params=VIEWS)
def visit(request, browser, base_url, axe):
    visit = Visit(browser, request.param, base_url, axe)
    visit.open()
    yield visit
    try:
        visit.expect_in_order()
    finally:
        visit.close()
