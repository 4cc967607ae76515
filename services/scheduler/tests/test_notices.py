"""Who hears of what: each address once, also if it couldn't be reached at first."""

import importlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest

GOOD, BAD = "json://good", "mailto://user:secret@bad"
FAILED = "run 7 failed"


class Apprise:
    """A stand-in for Apprise, which only Dagster's environment has."""

    reachable: ClassVar[set[str]] = set()
    taken: ClassVar[list[tuple[str, str]]] = []

    def __init__(self) -> None:
        self.address = ""

    def add(self, address: str) -> bool:
        self.address = address
        return "://" in address

    def notify(self, title: str, body: str) -> bool:
        if self.address in Apprise.reachable:
            Apprise.taken.append((self.address, body))
        return self.address in Apprise.reachable


@pytest.fixture
def notices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "apprise", SimpleNamespace(Apprise=Apprise))
    module = importlib.import_module("orchestration.notices")
    monkeypatch.setattr(module, "apprise", SimpleNamespace(Apprise=Apprise))
    monkeypatch.setattr(module, "news", lambda state: state.items())
    monkeypatch.setenv("NOTIFY_URLS", f"{GOOD} {BAD}")
    Apprise.reachable, Apprise.taken = {GOOD, BAD}, []
    write(tmp_path, {"held 1": "a.csv was held back"})
    return module.Notices(tmp_path)


def write(ledger: Path, state: dict[str, str]) -> None:
    (ledger / "state.json").write_text(json.dumps(state))


def test_each_address_hears_of_each_thing_once(notices, tmp_path):
    assert notices.send_new(tmp_path).texts == ["a.csv was held back"] * 2
    assert notices.send_new(tmp_path).texts == []
    write(tmp_path, {"held 1": "a.csv was held back", "missed 2": "2 missed"})
    notices.send_new(tmp_path)
    assert Apprise.taken == [
        (address, text) for text in ("a.csv was held back", "2 missed") for address in (GOOD, BAD)
    ]


def test_an_address_that_is_not_reached_fails_nothing_and_hears_later(notices, tmp_path):
    Apprise.reachable = {GOOD}
    for _ in range(2):
        sent = notices.send_new(tmp_path)
        (problem,) = sent.problems
        assert problem.startswith("NOTIFY_URLS: the mailto:// address didn't take a notice")
        assert "secret" not in problem
    assert Apprise.taken == [(GOOD, "a.csv was held back")]
    Apprise.reachable = {GOOD, BAD}
    assert notices.send_new(tmp_path).problems == []
    assert Apprise.taken[1:] == [(BAD, "a.csv was held back")]


def test_the_failure_of_a_run_waits_until_it_can_be_sent(notices, tmp_path):
    Apprise.reachable = set()
    assert len(notices.send("failed 7", FAILED).problems) == 2
    Apprise.reachable = {GOOD}
    notices.send("failed 8", "run 8 failed")
    assert Apprise.taken == [(GOOD, FAILED), (GOOD, "run 8 failed")]
    Apprise.reachable = {GOOD, BAD}
    notices.send_new(tmp_path)
    assert [text for address, text in Apprise.taken if address == BAD] == [
        FAILED, "run 8 failed", "a.csv was held back",
    ]  # fmt: skip
    assert json.loads((tmp_path / "waiting.json").read_text()) == {}


def test_an_unknown_kind_of_address_is_reported(notices, tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_URLS", f"somebody {GOOD}")
    sent = notices.send_new(tmp_path)
    assert sent.problems == [
        "NOTIFY_URLS: expected an address that Apprise knows, found an address without ://; "
        "correct it"
    ]
    assert Apprise.taken == [(GOOD, "a.csv was held back")]


def test_without_addresses_nothing_is_sent_nor_waits(notices, tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_URLS", "")
    notices.send("failed 7", FAILED)
    notices.send_new(tmp_path)
    monkeypatch.setenv("NOTIFY_URLS", GOOD)
    assert notices.send_new(tmp_path).texts == []


def test_what_was_sent_by_an_earlier_version_is_not_sent_again(notices, tmp_path):
    (tmp_path / "told.json").write_text('["held 1"]')
    assert notices.send_new(tmp_path).texts == []


def test_an_error_of_a_sensor_is_sent_once_for_each_kind_and_raised(notices):
    for error in (KeyError("markets"), KeyError("markets"), PermissionError(13, "denied")):
        with pytest.raises(type(error)), notices.of_errors("work_to_do"):
            raise error
    with notices.of_errors("work_to_do"):
        pass
    texts = [text for address, text in Apprise.taken if address == GOOD]
    assert len(texts) == 2
    assert "The sensor work_to_do fails" in texts[0]
    assert "KeyError: 'markets'" in texts[0]
    assert "PermissionError: [Errno 13] denied" in texts[1]
