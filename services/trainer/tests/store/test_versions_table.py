import json

import pytest

from model_contract.store.bundle import MANIFEST, MODEL
from model_contract.store.model_store import ModelStore
from model_contract.store.served_versions import ROLLED_BACK
from model_contract.store.store_reader import CURRENT, HISTORY
from training.store.versions import table


def rows(store) -> dict[str, str]:
    """The table's rows by version, each with the lines below it."""
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


def test_the_table_has_a_header_and_explains_skill(store, first):
    assert table(store)[0].split() == ["version", "trained,", "UTC", "data", "to", "skill"]
    assert "naive forecast" in table(store)[-1]


def test_the_newest_version_is_first_and_the_rollback_target_marked(store, first, publish):
    second = publish()
    assert list(rows(store)) == [second, first]
    assert rows(store)[second].endswith("  current")
    assert rows(store)[first].endswith("  rollback target")


def test_the_table_shows_when_and_why_a_version_was_rolled_back(store, first, publish):
    second = publish()
    store.make_current(first, ROLLED_BACK, "it overshoots")
    at = store.history()[-1].at[:16].replace("T", " ")
    assert rows(store)[second].endswith(f"  quarantined    rolled back {at}: it overshoots")


def test_the_table_shows_when_and_why_a_version_was_pinned(store, first):
    store.pin(first, "before the audit")
    at = store.history()[-1].at[:16].replace("T", " ")
    assert rows(store)[first].endswith(f"  current, pinned    pinned {at}: before the audit")


def test_the_table_shows_why_a_version_is_unusable(store, first, publish):
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


def test_the_table_of_an_empty_store_gives_advice(tmp_path):
    assert table(ModelStore(tmp_path / "nothing")) == [
        "no model has been published yet; run 'make train'"
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "garbage",
            "CURRENT contains no version such as 20261122T101500Z-1a2b3c4d; "
            "run 'make promote VERSION=…' to rewrite it",
        ),
        (
            "20200101T000000Z-00000000",
            "CURRENT names 20200101T000000Z-00000000, which is not in the store; to fix this, run "
            "'make promote VERSION=…'",
        ),
    ],
)
def test_the_table_reports_a_damaged_current_file(store, text, complaint):
    (store.directory / CURRENT).write_text(text)
    assert complaint in "\n".join(table(store))


def test_the_table_warns_about_a_missing_history(store, first):
    (store.directory / HISTORY).unlink()
    assert any(
        "history.jsonl is missing, so past rollbacks are unknown" in line for line in table(store)
    )


def test_with_a_key_unsigned_versions_are_unusable(store, first):
    lines = "\n".join(table(ModelStore(store.directory, b"0123456789abcdef")))
    assert "current, unusable\n    it is not signed" in lines
