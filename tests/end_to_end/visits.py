"""How a test opens the page."""

from playwright.sync_api import Page


def visit(page: Page, url: str) -> bool:
    """Open the page; once more, and False, where Chromium dropped its requests, as it does when containers come or go on its host."""
    dropped: list[str] = []
    page.on("console", lambda message: dropped.append(message.text) if "ERR_NETWORK_CHANGED" in message.text else None)
    page.goto(url)
    if dropped:
        page.reload()
    return not dropped
