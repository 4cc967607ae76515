"""Actions on the page, and simulated API responses, that several tests share."""

import json
from typing import Any

from playwright.sync_api import Page, expect


def try_sample(page: Page) -> dict[str, Any]:
    """Forecast the sample and return the API's response."""
    with page.expect_response(lambda response: "/predict" in response.url) as answered:
        page.get_by_role("button", name="Try the sample").click()
    expect(page.locator(".result")).to_be_visible()
    answer: dict[str, Any] = answered.value.json()
    return answer


def choose(page: Page, name: str, content: bytes) -> None:
    """Choose a file."""
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.set_input_files(".dropzone input[type=file]", file)


def problem(status: int, retry_after: int = 1, **fields: Any) -> dict[str, Any]:
    """Make an API response with a problem document, for `route.fulfill`."""
    document = {"status": status, "title": "Refused", "detail": "", "request_id": "x", "errors": []}
    headers = {"Content-Type": "application/problem+json", "Retry-After": str(retry_after)}
    return {"status": status, "headers": headers, "body": json.dumps(document | fields)}


def look_again(page: Page) -> None:
    """Make the page request the service's state now, as it does when it becomes visible."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def serve(page: Page, **changes: Any) -> None:
    """Change the model or the training in the response to `GET /model`."""
    served = page.request.get(page.url + "model").json()
    model = {**served["model"], **changes.get("model", {})}
    page.route("**/model", lambda route: route.fulfill(json={**served, **changes, "model": model}))
    look_again(page)


def answer_model(page: Page, model: Any = None, trainer: Any = None) -> None:
    """Simulate the response to `GET /model`, by default without a model."""
    answer = {"model": model, "refused": None, "trainer": trainer}
    page.route("**/model", lambda route: route.fulfill(json=answer))


def record_announcements(page: Page, selector: str) -> None:
    """Collect the announcements of a live region in `window.announced`."""
    page.evaluate(
        """selector => {
          const region = document.querySelector(selector);
          window.announced = [];
          const record = () => region.textContent && window.announced.push(region.textContent);
          const changes = { childList: true, characterData: true, subtree: true };
          new MutationObserver(record).observe(region, changes);
        }""",
        selector,
    )
