import shutil

import pytest

from model_contract.store.bundle import MODEL
from model_contract.store.model_store import ModelStore
from model_contract.store.store_reader import CURRENT
from training.__main__ import main


@pytest.fixture
def command(restored_process):
    """Runs a command as the command line does."""
    return lambda *arguments: main(arguments)


def test_the_versions_command_lists_the_models(store, first, command, capsys):
    command("versions")
    assert first in capsys.readouterr().out


def test_the_rollback_command_serves_the_previous_model(
    store, first, publish, following_api, command
):
    publish()
    command("rollback", "")
    assert store.current() == first
    assert store.history()[-1].reason == "make rollback"


def test_the_promote_command_serves_the_given_model(store, first, publish, following_api, command):
    publish()
    command("promote", first, "")
    assert store.current() == first
    assert store.history()[-1].reason == "make promote"


def test_the_pin_commands_pin_a_model_and_lift_the_pin(
    store, first, publish, following_api, command
):
    second = publish()
    command("pin", "", "before the audit")
    assert (store.pinned().version, store.pinned().reason) == (second, "before the audit")
    command("pin", first)
    assert (store.current(), store.pinned().version) == (first, first)
    command("unpin")
    assert (store.current(), store.pinned()) == (first, None)
    assert store.history()[-1].reason == "make unpin"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [(["unpin"], "no version is pinned"), (["pin"], "no model is current")],
)
def test_a_pin_that_makes_no_sense_is_an_error(store, first, command, caplog, arguments, problem):
    (store.directory / CURRENT).unlink()
    with pytest.raises(SystemExit):
        command(*arguments)
    assert problem in caplog.text


def test_a_failed_command_exits_with_1_and_logs_one_line(store, first, command, caplog):
    with pytest.raises(SystemExit) as caught:
        command("rollback")
    assert caught.value.code == 1
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    "arguments",
    [["promote"], ["rollback", "a", "b"], ["promote", "a", "b", "c"], ["versions", "a"], ["x"], []],
)
def test_wrong_arguments_print_the_usage(command, arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        command(*arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("usage: ")


def test_sign_replaces_the_signature_of_every_undamaged_version(
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
    assert f"did not sign {damaged}: model.onnx is damaged" in caplog.text
    assert store.current() == damaged


def test_signing_needs_a_key(store, first, command, caplog):
    with pytest.raises(SystemExit):
        command("sign")
    assert "set MODEL_SIGNING_KEY_FILE to its path" in caplog.text


def test_served_prints_only_the_version(store, first, command, capsys):
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
    ids=["CURRENT is missing", "CURRENT is garbage", "a damaged model", "no store"],
)
def test_served_prints_nothing_and_exits_with_1_if_none_can_be_served(
    store, first, command, capsys, spoil
):
    spoil(store)
    with pytest.raises(SystemExit) as caught:
        command("served")
    assert (caught.value.code, capsys.readouterr().out) == (1, "")


def test_a_missing_key_file_is_an_error_that_names_the_variable(
    store, first, command, monkeypatch, caplog, tmp_path
):
    monkeypatch.setenv("MODEL_SIGNING_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(SystemExit):
        command("versions")
    assert "correct MODEL_SIGNING_KEY_FILE" in caplog.text
