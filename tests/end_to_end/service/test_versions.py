"""Rollback, promotion, backup and restore of models through `make`."""

import json

import requests

from bundle_changes import one_answer_less
from running_stack import Stack
from volume_store import ENOUGH, await_served

IMPOSSIBLE_COMMANDS = {
    ("promote", "VERSION=20200101T000000Z-00000000"): (
        "the store has no version '20200101T000000Z-00000000'; available: 20"
    ),
    ("promote",): "specify a version: make promote VERSION=20",
    ("rollback",): "no undamaged version was served before",
    ("sign",): "no signing key is configured; set MODEL_SIGNING_KEY_FILE to its path",
    ("backup",): "FILE must name a file, as in FILE=backup.tar",
    ("restore", "FILE=nowhere.tar"): "make restore FILE=models.tar: no such file",
    ("restore", "FILE=README.md"): "the file is not a backup from 'make backup'",
}


def versions_served(stack: Stack) -> set[str]:
    answers = [requests.get(f"{stack.url}/model", timeout=10).json() for _ in range(ENOUGH)]
    return {answer["model"]["version"] for answer in answers}


def test_a_rollback_is_served_at_once_and_survives_a_retraining(stack, store):
    bad, good = store.served, store.prepare(one_answer_less)
    store.put(good)
    await_served(stack, good)

    promoted = stack.make("promote", f"VERSION={bad}", "REASON=to see how it does")
    assert versions_served(stack) == {bad}
    assert f"the API serves {bad}" in promoted

    stack.make("rollback", 'REASON=it\'s worse on "Mondays"')
    assert versions_served(stack) == {good}
    listed = [line for line in stack.make("versions").splitlines() if line.startswith("20")]
    lines = {line.split()[0]: line for line in listed}
    assert lines[good].endswith("current")
    assert lines[bad].endswith("quarantined")

    trained = stack.make("train")
    assert f"not published: {bad} was rolled back" in trained
    assert f"to serve it again, run 'make promote VERSION={bad}'" in trained
    assert versions_served(stack) == {good}

    stack.make("promote", f"VERSION={bad}")
    assert versions_served(stack) == {bad}
    events = [json.loads(line) for line in stack.store_file("history.jsonl").splitlines()][-3:]
    names = ("event", "version", "replaced", "reason")
    assert [tuple(event[name] for name in names) for event in events] == [
        ("promoted", bad, good, "to see how it does"),
        ("rolled back", good, bad, 'it\'s worse on "Mondays"'),
        ("promoted", bad, good, "make promote"),
    ]


def test_an_impossible_command_explains_itself_and_changes_nothing(stack, store):
    store.shell("rm /models/history.jsonl")
    for command, explanation in IMPOSSIBLE_COMMANDS.items():
        done = stack.run("make", *command, check=False)
        output = done.stdout + done.stderr
        assert done.returncode != 0, command
        assert explanation in output
        assert "Traceback" not in output
    assert versions_served(stack) == {store.served}


def test_a_backup_is_restored_and_never_replaced_by_a_bad_one(
    stack, store, make_stack, tmp_path, sample_csv
):
    file = tmp_path / "my models of $5.tar"
    stack.make("backup", f"FILE={file}")
    store.shell("echo damaged > /models/$(cat /models/CURRENT)/model.onnx")
    failed = stack.run("make", "backup", f"FILE={file}", check=False)
    assert failed.returncode != 0
    assert "model.onnx is damaged" in failed.stderr
    assert [path.name for path in tmp_path.glob("my*")] == [file.name]
    store.restore()
    other = make_stack("restored", tree=stack.tree)
    other.make("restore", f"FILE={file}")
    other.compose("up", "--detach", "--build", "api", "frontend")
    other.await_status("/readyz", 200)
    assert other.predict(sample_csv).json() == stack.predict(sample_csv).json()
