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
    """Written short: 'A+B' B is published over A, 'B-A' A is rolled back to from B, 'B>A' A is promoted over B; '+A' the first."""
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
    """What there is to go back to, nearest first, as letters."""
    letters = {version: name for name, version in NAMES.items()}
    return "".join(letters[version] for version in served_before(events(*changes), NAMES[current]))


def aside(*changes: str) -> str:
    letters = {content_of(version): name for name, version in NAMES.items()}
    return "".join(sorted(letters[content] for content in replaced_by_hand(events(*changes))))


def test_an_event_is_one_line_of_json():
    (event,) = events("A+B")
    line = event.to_line()
    assert json.loads(line) == {
        "at": "2026-11-22T12:00:00Z", "event": "published", "version": B, "replaced": A, "reason": "a test",
    }  # fmt: skip
    assert line.endswith("}\n")
    assert line.count("\n") == 1


def test_a_reason_of_several_lines_stays_one_line():
    event = Event("2026-11-22T12:00:00Z", PUBLISHED, A, None, 'two\nlines, "quoted"\u2028')
    assert event.to_line().count("\n") == 1
    assert read_events(event.to_line()) == [event]


def test_what_was_written_is_read_in_order():
    written = events("+A", "A+B", "B-A")
    assert read_events("".join(event.to_line() for event in written)) == written


def test_a_last_line_without_its_end_counts_if_it_is_whole():
    written = events("+A", "A+B")
    assert read_events("".join(event.to_line() for event in written).rstrip("\n")) == written


@pytest.mark.parametrize("kept", [1, 10, 60, -2])
def test_a_torn_last_line_is_passed_over(kept):
    first, second = events("+A", "A+B")
    assert read_events(first.to_line() + second.to_line()[:kept]) == [first]


def test_a_torn_line_that_the_next_writer_ended_is_passed_over():
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
        f'{{"at": "", "event": "published", "version": "{A}", "replaced": "", "reason": "", "more": 1}}',
        f'{{"at": 1, "event": "published", "version": "{A}", "replaced": null, "reason": ""}}',
        f'{{"at": "", "event": "published", "version": "{A}", "replaced": 7, "reason": ""}}',
    ],
    ids=[
        "empty",
        "null",
        "a list",
        "no fields",
        "zeros of a lost block",
        "brackets",
        "a path",
        "another field",
        "no time",
        "a number",
    ],
)
def test_a_line_that_is_no_event_is_passed_over(line):
    assert read_events(line + "\n") == []


def test_an_intent_that_a_crash_came_after_did_not_happen():
    written = events("+A", "A+B", "A+C")
    assert carried_out(written, C) == [written[0], written[2]]


def test_a_last_intent_did_not_happen_while_the_former_version_is_current():
    written = events("+A", "A-Z")
    assert carried_out(written, A) == written[:1]
    assert carried_out(written, Z) == written


def test_an_intent_that_was_cut_off_again_and_again_happened_once():
    written = events("+A", "A+B", "A+B", "A+B")
    assert carried_out(written, B) == [written[0], written[3]]


def test_what_was_made_current_by_hand_takes_nothing_out_of_the_history():
    written = events("+A", "A+B", "Z+C")
    assert carried_out(written, C) == written


def test_a_damaged_current_takes_nothing_out_of_the_history():
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
        "no history", "one version", "two", "three", "after a rollback, further back and not forth", "twice back",
        "a new one after a rollback", "after a promotion, to what it replaced", "back from a promotion",
        "what was there before the history", "made current by hand between", "made current by hand since",
        "a rollback that was put back passes over its target", "a promotion that was put back",
    ],
)  # fmt: skip
def test_what_there_is_to_go_back_to(current, changes, expected):
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
        "twice",
        "stays so",
        "promoted again",
        "published again",
        "promoted over",
        "put back",
    ],
)
def test_what_an_operator_had_replaced_is_known_until_it_is_served_again(changes, expected):
    assert aside(*changes) == expected
