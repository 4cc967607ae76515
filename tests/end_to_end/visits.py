"""How a test opens the page, and what a trainer may be doing meanwhile, as GET /model tells it."""

from playwright.sync_api import Page

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
FAILED = {**TRAINING, "state": "failed", "stage": "load_data", "epoch": None, "error": "row 812, column Volume: expected a number"}


def visit(page: Page, url: str) -> bool:
    """Open the page; once more, and False, where Chromium dropped its requests, as it does when containers come or go on its host."""
    dropped: list[str] = []
    page.on("console", lambda message: dropped.append(message.text) if "ERR_NETWORK_CHANGED" in message.text else None)
    page.goto(url)
    if dropped:
        page.reload()
    return not dropped
