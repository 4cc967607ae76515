"""`make versions`, `make rollback` and `make promote`, against an API that is played by a small server."""

import json
import logging
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest

from model_contract.errors import BundleError
from model_contract.store.bundle import FILES, GOLDEN, MANIFEST, MODEL, Bundle, Golden
from model_contract.store.model_store import CURRENT, HISTORY, ModelStore
from model_contract.store.served_versions import PROMOTED, ROLLED_BACK
from training.errors import TrainingError
from training.store import api_probe as served
from training.store import versions
from training.store.versions import promote, roll_back, table

Told = Callable[[], dict[str, object]]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Nobody waits for seconds here."""
    for name, value in (("SILENCE_SECONDS", 0.3), ("PAUSE_SECONDS", 0.02), ("CONNECTIONS", 4)):
        monkeypatch.setattr(served, name, value)
    monkeypatch.setattr(versions, "PATIENCE_SECONDS", 1.0)
    monkeypatch.setenv("MODEL_POLL_SECONDS", "0.01")


@pytest.fixture
def store(finished, tmp_path, monkeypatch):
    """A copy of the store with one published model, which the environment names."""
    monkeypatch.setenv("MODEL_STORE", str(tmp_path / "models"))
    return ModelStore(shutil.copytree(finished.store, tmp_path / "models"))


@pytest.fixture
def first(store) -> str:
    return store.current()


@pytest.fixture
def publish(store, first):
    """Publishes the same network with another effect in its manifest, which makes it another content; gives the version."""
    manifest = store.load(first).manifest
    files = {name: (store.path(first) / name).read_bytes() for name in FILES}
    numbers = count(1)

    def publish(**changed: bytes) -> str:
        number = next(numbers)
        draft = replace(
            manifest,
            version=f"203001{number:02}T120000Z",
            created_at=f"2030-01-{number:02}T12:00:00Z",
            calendar_effects={"half_day": -0.1 * number},
        )
        parts = files | {GOLDEN: changed.get("golden", files[GOLDEN])}
        made = draft.sealed(parts)
        store.publish(made, parts, f"number {number}")
        return made.version

    return publish


@contextmanager
def listening(told: Told):
    """An API that answers each GET /model with what `told` gives; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            data = json.dumps(told()).encode()
            self.send_response(200 if self.path == "/model" else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def api(monkeypatch):
    """Lets an API answer so until the test ends."""
    with ExitStack() as servers:
        yield lambda told: monkeypatch.setenv("API_ADDRESS", servers.enter_context(listening(told)))


def says(
    served: str | None, refused: str | None = None, reason: str = "model.onnx is damaged"
) -> dict[str, object]:
    return {
        "model": {"version": served} if served else None,
        "refused": {"version": refused, "reason": reason} if refused else None,
        "trainer": None,
    }


@pytest.fixture
def following_api(store, api):
    """An API that serves whatever is current."""
    api(lambda: says(store.current()))


@pytest.fixture
def no_api(monkeypatch):
    """Nobody listens at the API's address."""
    with socket.socket() as taken:  # bound, so that nobody else can, but not listening
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("API_ADDRESS", f"http://127.0.0.1:{taken.getsockname()[1]}")
        yield


def events(store) -> list[tuple[str, str, str | None]]:
    return [(event.event, event.version, event.replaced) for event in store.history()]


def rows(store) -> dict[str, str]:
    """The table's rows by version, with what stands below each."""
    found: dict[str, str] = {}
    for line in table(store)[1:]:
        if line[:1].isdigit():
            version, found[line.split()[0]] = line.split()[0], line
        elif line.startswith("    "):
            found[version] += line
    return found


def test_the_table_shows_each_version_with_its_facts(store, first):
    manifest = store.load(first).manifest
    trained = manifest.created_at[:16].replace("T", " ")
    skill = f"{manifest.metrics['skill']['naive']['value']:.1%}"
    assert rows(store)[first].split() == [
        first,
        *trained.split(),
        manifest.data["last_session"],
        skill,
        "current",
    ]


def test_the_table_is_headed_and_says_what_skill_is(store, first):
    assert table(store)[0].split() == ["version", "trained,", "UTC", "data", "to", "skill"]
    assert "naive forecast" in table(store)[-1]


def test_the_table_has_the_newest_version_first_and_says_where_a_rollback_goes(
    store, first, publish
):
    second = publish()
    assert list(rows(store)) == [second, first]
    assert rows(store)[second].endswith("  current")
    assert rows(store)[first].endswith("  'make rollback' goes here")


def test_the_table_says_when_and_why_a_version_was_rolled_back(store, first, publish):
    second = publish()
    store.make_current(first, ROLLED_BACK, "it overshoots")
    at = store.history()[-1].at[:16].replace("T", " ")
    assert rows(store)[second].endswith(f"  quarantined    rolled back {at}: it overshoots")


def test_the_table_says_why_a_version_is_unusable_even_if_it_is_current(store, first, publish):
    second = publish()
    (store.path(second) / MODEL).write_bytes(b"damaged")
    assert rows(store)[second].split(maxsplit=4) == [
        second,
        "-",
        "-",
        "-",
        "current, unusable    model.onnx is damaged: its SHA-256 is not the one in manifest.json",
    ]


def test_a_version_without_a_skill_is_listed_without_one(store, first):
    path = store.path(first) / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {"metrics": {}}))
    assert rows(store)[first].split()[-2:] == ["-", "current"]


def test_the_table_of_an_empty_store_says_what_to_do(tmp_path):
    assert table(ModelStore(tmp_path / "nothing")) == [
        "no model is published yet; 'make train' publishes one"
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "garbage",
            "CURRENT holds no version such as 20261122T101500Z-1a2b3c4d; 'make promote VERSION=…' writes it again",
        ),
        (
            "20200101T000000Z-00000000",
            "CURRENT names 20200101T000000Z-00000000, which is not in the store; 'make promote VERSION=…'",
        ),
    ],
)
def test_the_table_says_what_is_wrong_with_current(store, text, complaint):
    (store.directory / CURRENT).write_text(text)
    assert complaint in "\n".join(table(store))


def test_a_rollback_serves_the_version_before_and_tells_when_the_api_does(
    store, first, publish, following_api, caplog
):
    second = publish()
    with caplog.at_level(logging.INFO):
        roll_back(store, "it overshoots")
    assert store.current() == first
    assert events(store)[-1] == (ROLLED_BACK, first, second)
    assert store.history()[-1].reason == "it overshoots"
    assert caplog.messages[-1] == f"the API answers with {first}"


def test_two_rollbacks_go_back_twice(store, first, publish, following_api):
    publish(), publish()
    roll_back(store)
    roll_back(store)
    assert store.current() == first


def test_there_is_no_rollback_from_the_only_version(store, first):
    with pytest.raises(
        TrainingError,
        match=f"no whole version was served before {first}; 'make versions' lists what there is",
    ):
        roll_back(store)
    assert store.current() == first


def test_there_is_no_rollback_in_an_empty_store(tmp_path):
    with pytest.raises(TrainingError, match="no model is current"):
        roll_back(ModelStore(tmp_path / "nothing"))


def test_a_rollback_passes_over_a_damaged_version(store, first, publish, following_api):
    second, _ = publish(), publish()
    (store.path(second) / MODEL).write_bytes(b"damaged")
    roll_back(store)
    assert store.current() == first


def test_a_rollback_needs_no_api(store, first, publish, no_api, caplog):
    publish()
    roll_back(store)
    assert store.current() == first
    assert "no API answers at http://127.0.0.1:" in caplog.messages[-1]
    assert caplog.messages[-1].endswith(f"it will take up {first} when it starts")


def test_what_answers_otherwise_than_recorded_is_never_made_current(
    store, first, publish, following_api
):
    golden = store.load(first).golden
    publish(golden=Golden(golden.windows, golden.volumes * 1.1).to_json().encode())
    now = publish()
    before = events(store)
    with pytest.raises(BundleError, match="off the recorded one"):
        roll_back(store)
    assert (store.current(), events(store)) == (now, before)


def test_a_version_that_the_api_refuses_is_put_back_with_the_reason(store, first, publish, api):
    second = publish()
    api(lambda: says(second, first if store.current() == first else None))
    with pytest.raises(
        TrainingError,
        match=f"the API refuses {first}: model.onnx is damaged; {second} is current again",
    ):
        roll_back(store)
    assert store.current() == second
    assert events(store)[-2:] == [(ROLLED_BACK, first, second), (ROLLED_BACK, second, first)]
    assert store.history()[-1].reason == f"the API refused {first}: model.onnx is damaged"
    assert store.quarantined() == {first}


def test_one_worker_that_refuses_is_enough(store, first, publish, api):
    second, turn = publish(), count()
    api(
        lambda: (
            says(second, first)
            if next(turn) % 4 == 3 and store.current() == first
            else says(store.current())
        )
    )
    with pytest.raises(TrainingError, match="the API refuses"):
        roll_back(store)
    assert store.current() == second


def test_the_refusal_of_another_version_is_none_of_this_one(store, first, publish, api):
    second = publish()
    api(lambda: says(store.current(), second))
    roll_back(store)
    assert store.current() == first


def test_a_model_published_meanwhile_is_not_replaced_by_putting_back(store, first, publish, api):
    publish()
    published: list[str] = []
    one_at_a_time = threading.Lock()

    def told() -> dict[str, object]:
        with one_at_a_time:
            if store.current() == first and not published:
                published.append(publish())
        return says(None, first)

    api(told)
    with pytest.raises(
        TrainingError,
        match=f"another process made .* current meanwhile, so that {first} is not served",
    ):
        roll_back(store)
    assert store.current() == published[0]


def test_two_rollbacks_at_once_go_back_one_version(store, first, publish, api, monkeypatch):
    second, third = publish(), publish()
    load = ModelStore.load

    def load_late(self: ModelStore, version: str) -> Bundle:
        if self.current() == third:
            store.make_current(second, ROLLED_BACK, "the other one")  # which came first
        return load(self, version)

    monkeypatch.setattr(ModelStore, "load", load_late)
    with pytest.raises(BundleError, match="another process changed it"):
        versions.switch(store, second, ROLLED_BACK, "this one", third)
    assert store.current() == second


def test_an_api_that_looks_only_when_it_starts_is_not_waited_for(
    store, first, publish, monkeypatch, caplog
):
    publish()
    monkeypatch.setenv("MODEL_POLL_SECONDS", "0")
    roll_back(store)
    assert store.current() == first
    assert "docker compose restart api" in caplog.text


def test_an_api_that_looks_seldom_is_waited_for(store, first, publish, api, monkeypatch):
    second, began = publish(), time.monotonic()
    monkeypatch.setattr(versions, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setenv("MODEL_POLL_SECONDS", "10")
    api(lambda: says(first if time.monotonic() > began + 1 else second))
    roll_back(store)
    assert store.current() == first


def test_all_workers_are_waited_for(store, first, publish, api, caplog):
    """Of two workers, the second looks at the store later."""
    second, answers = publish(), count()
    api(lambda: says(second if (number := next(answers)) % 2 and number < 15 else store.current()))
    with caplog.at_level(logging.INFO):
        roll_back(store)
    assert next(answers) >= 15 + 4 * served.ROUNDS
    assert caplog.messages[-1] == f"the API answers with {first}"


def test_an_api_that_keeps_answering_with_another_version_is_told(store, first, publish, api):
    second = publish()
    api(lambda: says(second))
    with pytest.raises(
        TrainingError,
        match=f"{first} is current, but after . s the API at http://127.* still answers with {second}; 'make logs'",
    ):
        roll_back(store)
    assert store.current() == first


def test_an_api_without_a_model_is_told(store, first, publish, api):
    publish()
    api(lambda: says(None))
    with pytest.raises(TrainingError, match="still answers with no model"):
        roll_back(store)


def test_what_is_no_api_of_ours_counts_as_none(store, first, publish, api, caplog):
    publish()
    api(lambda: {"hello": "world"})
    roll_back(store)
    assert "no API answers" in caplog.messages[-1]


def test_promoting_serves_any_whole_version(store, first, publish, following_api):
    publish()
    now = publish()
    promote(store, first, "for a comparison")
    assert events(store)[-1] == (PROMOTED, first, now)
    assert store.history()[-1].reason == "for a comparison"


def test_promoting_lifts_the_quarantine(store, first, publish, following_api):
    second = publish()
    roll_back(store)
    assert store.quarantined() == {second}
    promote(store, second)
    assert store.quarantined() == set()
    assert store.current() == second


def test_promoting_the_current_version_changes_nothing_and_confirms_it(
    store, first, following_api, caplog
):
    before = events(store)
    with caplog.at_level(logging.INFO):
        promote(store, first)
    assert events(store) == before
    assert caplog.messages == [f"{first} is current already", f"the API answers with {first}"]


def test_promoting_mends_a_damaged_current(store, first, publish, following_api):
    (store.directory / CURRENT).write_text("garbage")
    promote(store, first)
    assert store.current() == first


@pytest.mark.parametrize("version", ["20200101T000000Z-00000000", "../../etc", "latest"])
def test_what_is_not_in_the_store_cannot_be_promoted(store, first, version):
    with pytest.raises(TrainingError, match=f"the store holds no '{version}'; it holds {first}"):
        promote(store, version)


def test_promoting_without_a_version_says_how(store, first):
    with pytest.raises(
        TrainingError, match=f"name a version, as in: make promote VERSION=.*; it holds {first}"
    ):
        promote(store, "")


def test_a_damaged_version_cannot_be_promoted(store, first, publish):
    second = publish()
    (store.path(first) / MODEL).write_bytes(b"damaged")
    with pytest.raises(BundleError, match=f"{first}: model.onnx is damaged"):
        promote(store, first)
    assert store.current() == second


@pytest.fixture
def command(monkeypatch, as_a_stage):
    """Runs the command line."""

    def run(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["versions", *arguments])
        versions.main()

    return run


def test_the_command_lists(store, first, command, capsys):
    command()
    assert first in capsys.readouterr().out


def test_the_command_rolls_back(store, first, publish, following_api, command):
    publish()
    command("rollback", "")
    assert store.current() == first
    assert store.history()[-1].reason == "make rollback"


def test_the_command_promotes(store, first, publish, following_api, command):
    publish()
    command("promote", first, "")
    assert store.current() == first
    assert store.history()[-1].reason == "make promote"


def test_a_command_that_fails_ends_with_1_and_one_line(store, first, command, caplog):
    with pytest.raises(SystemExit) as caught:
        command("rollback")
    assert caught.value.code == 1
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    "arguments",
    [["promote"], ["rollback", "a", "b"], ["promote", "a", "b", "c"], ["list", "a"], ["publish"]],
)
def test_another_command_gets_the_usage(command, arguments):
    with pytest.raises(SystemExit, match="usage: "):
        command(*arguments)


def test_the_command_signs_what_is_whole_whoever_signed_it_before(
    store, first, publish, command, monkeypatch, tmp_path, caplog
):
    second, damaged = publish(), publish()
    (store.path(damaged) / MODEL).write_bytes(b"damaged")
    (tmp_path / "key").write_text("0123456789abcdef")
    monkeypatch.setenv("MODEL_SIGNING_KEY_FILE", str(tmp_path / "key"))
    for key in ("0123456789abcdef", "another 89abcdef"):
        (tmp_path / "key").write_text(key)
        command("sign")
        signing = ModelStore(store.directory, key.encode())
        assert [stored.version for stored in signing.versions() if stored.manifest] == [
            second,
            first,
        ]
    assert f"{damaged} is not signed: model.onnx is damaged" in caplog.text
    assert store.current() == damaged


def test_without_a_key_there_is_nothing_to_sign_with(store, first, command, caplog):
    with pytest.raises(SystemExit):
        command("sign")
    assert "name its file in MODEL_SIGNING_KEY_FILE" in caplog.text


def test_the_served_version_is_printed_alone(store, first, command, capsys):
    command("served")
    assert capsys.readouterr().out == f"{first}\n"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda store: (store.directory / CURRENT).unlink(),
        lambda store: (store.directory / CURRENT).write_text("nonsense"),
        lambda store: (store.path(store.current()) / MODEL).write_bytes(b"damaged"),
        lambda store: shutil.rmtree(store.directory),
    ],
    ids=["CURRENT gone", "CURRENT garbage", "a damaged model", "no store"],
)
def test_where_the_current_version_cannot_be_served_nothing_is_printed_and_the_status_is_1(
    store, first, command, capsys, spoil
):
    spoil(store)
    with pytest.raises(SystemExit) as caught:
        command("served")
    assert (caught.value.code, capsys.readouterr().out) == (1, "")


def test_a_store_that_lost_its_history_says_so(store, first):
    (store.directory / HISTORY).unlink()
    assert any(
        "history.jsonl is gone: what was rolled back is forgotten" in line for line in table(store)
    )


def test_a_key_that_is_missing_ends_a_command_with_its_variable(
    store, first, command, monkeypatch, caplog, tmp_path
):
    monkeypatch.setenv("MODEL_SIGNING_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(SystemExit):
        command("list")
    assert "mend MODEL_SIGNING_KEY_FILE" in caplog.text


def test_with_a_key_unsigned_versions_are_unusable(
    store, first, command, monkeypatch, tmp_path, capsys
):
    (tmp_path / "key").write_text("0123456789abcdef")
    monkeypatch.setenv("MODEL_SIGNING_KEY_FILE", str(tmp_path / "key"))
    command()
    assert "current, unusable\n    it is not signed" in capsys.readouterr().out
