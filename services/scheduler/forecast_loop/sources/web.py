"""Prices from the web: one address for each ticker, asked with limits on time and size."""

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from urllib.parse import quote, urlsplit

import requests

from forecast_loop.errors import SourceError
from forecast_loop.price_store.delivery import Delivery
from forecast_loop.price_store.store import PriceStore
from forecast_loop.sources.asking import (
    LONGEST_WAIT_SECONDS,
    MOST_BYTES,
    TemporaryError,
    Wait,
    collect_each,
    try_again,
)
from forecast_loop.watchlist import Watchlist, WebSource

CHUNK_BYTES = 2**16
MOST_REDIRECTS = 5
TOO_MANY_REQUESTS = 429
SCHEMES = ("http", "https")


def collect(
    store: PriceStore,
    source: WebSource,
    now: datetime,
    watchlist: Watchlist,
    wait: Wait = time.sleep,
) -> tuple[list[Delivery], list[SourceError]]:
    """Ask for every followed ticker; see `collect_each`."""

    def ask(ticker: str) -> bytes:
        return fetch(address(source, ticker, now.date()), source.timeout_seconds, wait)

    return collect_each(store, source.name, ask, now, watchlist)


def address(source: WebSource, ticker: str, today: date) -> str:
    """Fill in the template: {ticker}, {from} and {to}, both inclusive."""
    values = {
        "{ticker}": quote(ticker, safe=""),
        "{from}": str(today - timedelta(days=source.days)),
        "{to}": str(today),
    }
    url = source.url
    for name, value in values.items():
        url = url.replace(name, value)
    return url


def fetch(url: str, timeout_seconds: float, wait: Wait = time.sleep) -> bytes:
    """Return the body of a response.

    timeout_seconds    for the connection, for each part of the response, and ten times that for
                       all of it

    Failures that may pass are tried again, each time after a longer wait of random length. Raises
    `SourceError`.
    """
    return try_again(lambda: _fetch_once(url, timeout_seconds), _shown(url), wait)


def _fetch_once(url: str, timeout_seconds: float) -> bytes:
    deadline = time.monotonic() + 10 * timeout_seconds
    with requests.Session() as session:
        session.trust_env = True
        for _ in range(MOST_REDIRECTS + 1):
            try:
                response = session.get(
                    url, timeout=timeout_seconds, stream=True, allow_redirects=False
                )
                with response:
                    if not response.is_redirect:
                        return _body(response, deadline)
                    url = _redirected(response, url)
            except (requests.ConnectionError, requests.Timeout) as error:
                raise TemporaryError(f"no connection ({type(error).__name__})") from error
            except requests.exceptions.ChunkedEncodingError as error:
                raise TemporaryError("the response ended early") from error
            except requests.RequestException as error:
                raise SourceError(f"{_shown(url)}: {error}; correct the url") from error
    raise SourceError(f"{_shown(url)}: more than {MOST_REDIRECTS} redirects; correct the url")


def _redirected(response: requests.Response, url: str) -> str:
    target = requests.compat.urljoin(url, response.headers["location"])
    scheme, before = urlsplit(target).scheme, urlsplit(url).scheme
    if scheme not in SCHEMES or (before == "https" and scheme != "https"):
        raise SourceError(
            f"{_shown(url)}: redirects to {scheme}://, expected {before}://; correct the url"
        )
    return target


def _body(response: requests.Response, deadline: float) -> bytes:
    status, url = response.status_code, response.url
    if status == TOO_MANY_REQUESTS or status >= requests.codes.internal_server_error:
        raise TemporaryError(f"status {status}", _retry_after(response))
    if status != requests.codes.ok:
        raise SourceError(
            f"{_shown(url)}: status {status}, expected 200; check the url and the ticker"
        )
    body = b"".join(_chunks(response, url, deadline))
    announced = response.headers.get("content-length", "")
    plain = "content-encoding" not in response.headers
    if plain and announced.isdigit() and len(body) != int(announced):
        raise TemporaryError(f"{len(body):,} of {int(announced):,} bytes came")
    if not body:
        raise SourceError(f"{_shown(url)}: an empty response; check the ticker and the dates")
    return body


def _chunks(response: requests.Response, url: str, deadline: float) -> Iterator[bytes]:
    size = 0
    for chunk in response.iter_content(CHUNK_BYTES):
        size += len(chunk)
        if size > MOST_BYTES:
            raise SourceError(
                f"{_shown(url)}: over {MOST_BYTES // 2**20} MB, expected less; ask for fewer days"
            )
        if time.monotonic() > deadline:
            raise TemporaryError("the response takes too long")
        yield chunk


def _retry_after(response: requests.Response) -> float:
    value = response.headers.get("retry-after", "")
    return min(float(value), LONGEST_WAIT_SECONDS) if value.isdigit() else 0.0


def _shown(url: str) -> str:
    """The address without its query, which may contain a key."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"
