import json

import pytest

from model_contract.store.served_versions import (
    PROMOTED,
    PUBLISHED,
    ROLLED_BACK,
    Event,
    carried_out,
    content_of,
    read_events,
    replaced_by_hand,
    served_before,
)

NAMES = {name: f"20261122T1{number:05}Z-{number:08x}" for number, name in enumerate("ABCDZ")}
A, B, C, D, Z = NAMES.values()


def events(*changes: str) -> list[Event]:
    """Expand "+A" (A is first), "A+B" (B over A), "B-A" (roll back to A), "B>A" (promote A)."""
    kinds = {"+": PUBLISHED, "-": ROLLED_BACK, ">": PROMOTED}
    made = []
    for change in changes:
        *former, kind, served = change
        made.append(
            Event(
                "2026-11-22T12:00:00Z",
                kinds[kind],
                NAMES[served],
                NAMES[former[0]] if former else None,
                "a test",
            )
        )
    return made


def before(current: str, *changes: str) -> str:
    """The rollback targets, latest first, as letters."""
    letters = {version: name for name, version in NAMES.items()}
    return "".join(letters[version] for version in served_before(events(*changes), NAMES[current]))


def aside(*changes: str) -> str:
    letters = {content_of(version): name for name, version in NAMES.items()}
    return "".join(sorted(letters[content] for content in replaced_by_hand(events(*changes))))


def test_an_event_is_one_line_of_json():
    (event,) = events("A+B")
    line = event.to_line()
    assert json.loads(line) == {
        "at": "2026-11-22T12:00:00Z",
        "event": "published",
        "version": B,
        "replaced": A,
        "reason": "a test",
    }
    assert line.endswith("}\n")
    assert line.count("\n") == 1


def test_an_event_with_a_multi_line_reason_is_still_one_line():
    event = Event("2026-11-22T12:00:00Z", PUBLISHED, A, None, 'two\nlines, "quoted"\u2028')
    assert event.to_line().count("\n") == 1
    assert read_events(event.to_line()) == [event]


def test_events_are_read_in_the_order_they_were_written():
    written = events("+A", "A+B", "B-A")
    assert read_events("".join(event.to_line() for event in written)) == written


def test_a_complete_last_line_without_a_line_end_counts():
    written = events("+A", "A+B")
    assert read_events("".join(event.to_line() for event in written).rstrip("\n")) == written


@pytest.mark.parametrize("kept", [1, 10, 60, -2])
def test_a_torn_last_line_is_skipped(kept):
    first, second = events("+A", "A+B")
    assert read_events(first.to_line() + second.to_line()[:kept]) == [first]


def test_a_torn_line_that_the_next_writer_ended_is_skipped():
    first, second = events("+A", "A+B")
    assert read_events(first.to_line() + '{"at": "2026\n' + second.to_line()) == [first, second]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "null",
        "[]",
        "{}",
        "\0" * 40,
        "[" * 100_000,
        '{"at": "", "event": "published", "version": "../../etc", "replaced": null, "reason": ""}',
        f'{{"at": "", "event": "", "version": "{A}", "replaced": "", "reason": "", "more": 1}}',
        f'{{"at": 1, "event": "published", "version": "{A}", "replaced": null, "reason": ""}}',
        f'{{"at": "", "event": "published", "version": "{A}", "replaced": 7, "reason": ""}}',
    ],
    ids=[
        "empty",
        "null",
        "a list",
        "no fields",
        "zeros",
        "brackets",
        "a path",
        "another field",
        "no time",
        "a number",
    ],
)
def test_a_line_that_is_not_an_event_is_skipped(line):
    assert read_events(line + "\n") == []


def test_an_intent_followed_by_a_crash_did_not_take_effect():
    written = events("+A", "A+B", "A+C")
    assert carried_out(written, C) == [written[0], written[2]]


def test_the_last_intent_takes_effect_only_once_current_names_it():
    written = events("+A", "A-Z")
    assert carried_out(written, A) == written[:1]
    assert carried_out(written, Z) == written


def test_an_intent_repeated_after_crashes_took_effect_once():
    written = events("+A", "A+B", "A+B", "A+B")
    assert carried_out(written, B) == [written[0], written[3]]


def test_a_version_made_current_by_hand_removes_no_events():
    written = events("+A", "A+B", "Z+C")
    assert carried_out(written, C) == written


def test_a_damaged_current_removes_no_events():
    written = events("+A", "A+B", "+C")
    assert carried_out(written, C) == written
    assert carried_out(written, None) == written


@pytest.mark.parametrize(
    ("current", "changes", "expected"),
    [
        ("A", [], ""),
        ("A", ["+A"], ""),
        ("B", ["+A", "A+B"], "A"),
        ("C", ["+A", "A+B", "B+C"], "BA"),
        ("B", ["+A", "A+B", "B+C", "C-B"], "A"),
        ("A", ["+A", "A+B", "B+C", "C-B", "B-A"], ""),
        ("D", ["+A", "A+B", "B+C", "C-B", "B+D"], "BA"),
        ("A", ["+A", "A+B", "B+C", "C>A"], "CB"),
        ("C", ["+A", "A+B", "B+C", "C>A", "A-C"], "B"),
        ("B", ["A+B"], "A"),
        ("C", ["+A", "B+C"], "BA"),
        ("Z", ["+A", "A+B"], "BA"),
        ("C", ["+A", "A+B", "B+C", "C-B", "B-C"], "A"),
        ("B", ["+A", "A+B", "B>Z", "Z-B"], "A"),
    ],
    ids=[
        "no history", "one version", "two", "three", "a rollback goes further back",
        "two rollbacks", "published after a rollback", "promotion", "rollback of a promotion",
        "from before the history", "made current by hand in between", "made current by hand last",
        "rollback undone", "promotion undone",
    ],
)  # fmt: skip
def test_rollback_targets_are_listed_latest_first(current, changes, expected):
    assert before(current, *changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (["+A", "A+B"], ""),
        (["+A", "A+B", "B-A"], "B"),
        (["+A", "A+B", "B+C", "C-B", "B-A"], "BC"),
        (["+A", "A+B", "B-A", "A+C"], "B"),
        (["+A", "A+B", "B-A", "A>B"], "A"),
        (["+A", "A+B", "B-A", "A+B"], ""),
        (["+A", "A+B", "B>A"], "B"),
        (["+A", "A+B", "B-A", "A-B"], "A"),
    ],
    ids=[
        "published over",
        "rolled back",
        "rolled back twice",
        "another published",
        "promoted again",
        "published again",
        "promoted over",
        "rollback undone",
    ],
)
def test_content_replaced_by_hand_is_remembered_until_served_again(changes, expected):
    assert aside(*changes) == expected
