"""Prices from the web, from a local server that misbehaves."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from forecast_loop.errors import SourceError
from forecast_loop.sources import web
from forecast_loop.watchlist import WebSource
from nights import csv, evening

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Answers each path with a list of answers; the last one stays."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                answers = outer.answers[self.path.partition("?")[0]]
                (answers.pop(0) if len(answers) > 1 else answers[0])(self)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server():
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()
    thread.join()


def says(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"content_length": str(len(body))} | headers).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_each_followed_ticker_is_asked_for_and_taken(nights, recent, server):
    names = ("AAPL", "BRK/B")
    server.answers = {
        "/AAPL": [says(csv(recent[recent["Ticker"] == "AAPL"].drop(columns="Ticker")))],
        "/BRK%2FB": [says(b"", 404)],
    }
    source = WebSource("local", server.url + "/{ticker}?from={from}&to={to}", 30, 5)
    watchlist = replace(nights.watchlist, tickers=dict.fromkeys(names))
    taken, errors = web.collect(nights.store, source, evening("2013-03-01"), watchlist)
    assert [(one.state, one.source) for one in taken] == [("accepted", "web:local")]
    assert nights.store.tickers() == ["AAPL"]
    assert "status 404, expected 200" in str(errors[0])
    assert server.asked[0] == "/AAPL?from=2013-01-30&to=2013-03-01"


def test_some_days_from_the_web_are_not_taken_for_a_shorter_history(nights, recent, server):
    rows = recent[recent["Ticker"] == "AAPL"].drop(columns="Ticker")
    nights.take("AAPL.csv", rows[rows["Date"] < "2013-02-20"], "2013-02-19")
    server.answers = {"/AAPL": [says(csv(rows[rows["Date"] > "2013-02-01"]))]}
    source = WebSource("local", server.url + "/{ticker}", 30, 5)
    (taken,), _ = web.collect(nights.store, source, evening("2013-03-01"), nights.watchlist)
    assert (taken.state, taken.reasons) == ("accepted", ())


@pytest.mark.parametrize("first", [says(b"", 503), says(b"", 429), says(b"ab", content_length="9")])
def test_a_failure_that_may_pass_is_tried_again(server, first):
    server.answers = {"/": [first, first, says(b"prices")]}
    waits: list[float] = []
    assert web.fetch(server.url + "/", 5, waits.append) == b"prices"
    assert len(waits) == 2
    assert 1 <= waits[0] <= 2 <= waits[1] <= 4


def test_a_lasting_failure_is_reported_without_the_query(server):
    server.answers = {"/": [says(b"", 500, retry_after="7")]}
    waits: list[float] = []
    with pytest.raises(SourceError, match=r"/: status 500, 4 times") as error:
        web.fetch(server.url + "/?key=secret", 5, waits.append)
    assert "secret" not in str(error.value)
    assert waits[0] == 7


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (says(b"", 302, location="file:///etc/passwd"), "redirects to file://"),
        (says(b"", 302, location="/"), "more than 5 redirects"),
        (says(b""), "an empty response"),
        (says(b"x" * 2000), "over 0 MB"),
    ],
)
def test_a_wrong_response_is_reported_at_once(server, monkeypatch, answer, problem):
    monkeypatch.setattr(web, "MOST_BYTES", 1000)
    server.answers = {"/": [answer]}
    with pytest.raises(SourceError, match=problem):
        web.fetch(server.url + "/", 5, pytest.fail)


def test_a_server_that_does_not_exist_is_tried_again_and_reported():
    with pytest.raises(SourceError, match="no connection"):
        web.fetch("http://127.0.0.1:9/", 1, lambda _: None)


def test_the_dates_of_an_address_are_inclusive():
    source = WebSource("a", "https://x/{ticker}/{from}/{to}", 2, 5)
    assert web.address(source, "A B", date(2013, 3, 1)) == "https://x/A%20B/2013-02-27/2013-03-01"
