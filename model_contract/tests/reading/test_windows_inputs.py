import numpy as np
import pytest

from model_contract.errors import TableError
from model_contract.messages.cells import NUMBER_EXPECTED, NUMBER_MISSING
from model_contract.messages.forecasting import WINDOWS_OF_ANOTHER_MODEL
from model_contract.messages.reading import WINDOW_COLUMNS_MISSING, WINDOWS_WITHOUT_INPUTS
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES, input_columns, to_columns
from model_contract.reading.windows_csv import EFFECTS_COLUMN, fingerprint
from window_rows import HEADER, INPUTS, MODEL, ROW, STEPS, read_rows, with_inputs

EVERY = slice(None)


@pytest.fixture
def read(calendar):
    """Reads a windows CSV as it is written. `problems_of` uses it."""
    return lambda text: read_rows(text, calendar)


def test_inputs_are_read_by_name_for_each_step(read):
    inputs = read(with_inputs(f"{HEADER}\n{ROW}\n")).take(EVERY).inputs
    written = dict(zip(INPUTS, range(1, len(INPUTS) + 1), strict=True))
    for step in range(STEPS):
        expected = [written.get(name) or written[f"{name}_{step + 1}"] for name in INPUT_NAMES]
        assert inputs[0, step].tolist() == expected


def test_the_order_and_case_of_the_columns_of_inputs_make_no_difference(read):
    header, row = (line.split(",") for line in with_inputs(f"{HEADER}\n{ROW}").splitlines())
    text = ",".join(name.upper() for name in header[::-1]) + "\n" + ",".join(row[::-1]) + "\n"
    rows = read(text)
    expected = read(with_inputs(f"{HEADER}\n{ROW}\n")).take(EVERY).inputs
    np.testing.assert_array_equal(rows.take(EVERY).inputs, expected)
    assert rows.warnings == []


def test_inputs_with_decimal_commas_are_read_between_semicolons(read):
    session = "04/01/2024;1,5;2;05/01/2024;3;4"
    values = ["0,125", "-1,234", *["0"] * (len(INPUTS) - 2)]
    header = ";".join([*HEADER.split(","), *INPUTS, EFFECTS_COLUMN])
    text = f"{header}\n{session};{';'.join(values)};{MODEL}\n"
    np.testing.assert_array_equal(
        to_columns(read(text).take(EVERY).inputs)[0, :3], [0.125, -1.234, 0]
    )


@pytest.mark.parametrize("separator", ["\t", "|"])
def test_the_inputs_of_the_first_row_show_the_decimal_sign_too(read, separator):
    values = ["0,125", *["1,234"] * (len(INPUTS) - 1)]
    header = separator.join([*HEADER.split(","), *INPUTS, EFFECTS_COLUMN])
    row = separator.join([*ROW.split(","), *values, MODEL])
    inputs = to_columns(read(f"{header}\n{row}\n").take(EVERY).inputs)
    np.testing.assert_array_equal(inputs, [[0.125, *[1.234] * (len(INPUTS) - 1)]])


def test_windows_without_any_inputs_are_refused(problems_of):
    message = WINDOWS_WITHOUT_INPUTS(count=len(INPUTS), columns=INPUTS[:10], more=True)
    assert problems_of(f"{HEADER}\n{ROW}\n") == [(1, None, message)]


def test_windows_for_a_shorter_horizon_lack_the_inputs_of_the_last_step(read):
    shorter = input_columns(STEPS - 1)
    header = ",".join([HEADER, *shorter])
    row = ",".join([ROW, *["0"] * len(shorter)])
    with pytest.raises(TableError) as caught:
        read(f"{header}\n{row}\n")
    lacking = [name for name in INPUTS if name.endswith(f"_{STEPS}")]
    assert [problem.message for problem in caught.value.problems] == [
        WINDOWS_WITHOUT_INPUTS(count=len(lacking), columns=lacking, more=False)
    ]


def test_missing_sessions_are_reported_before_missing_inputs(problems_of):
    ((_, _, message),) = problems_of("log_volume_t-0,a\n1,2\n")
    assert message.code == WINDOW_COLUMNS_MISSING


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", NUMBER_MISSING),
        ("NA", NUMBER_MISSING),
        ("inf", NUMBER_EXPECTED),
        ("x", NUMBER_EXPECTED),
    ],
)
@pytest.mark.parametrize("name", ["day", "own_effect_3"])
def test_an_input_that_is_not_a_number_is_refused_with_its_place(read, name, cell, code):
    header, row = with_inputs(f"{HEADER}\n{ROW}\n").splitlines()
    cells = dict(zip(header.split(","), row.split(","), strict=True)) | {name: cell}
    with pytest.raises(TableError) as caught:
        read(f"{header}\n{row}\n{','.join(cells.values())}\n")
    assert [
        (problem.row, problem.column, problem.message) for problem in caught.value.problems
    ] == [(3, name, code(found=cell))]


@pytest.mark.parametrize("found", ["", "abcdefg", "abcdefghi", "abcdefgh and more", "ABCDEFGH"])
def test_windows_of_another_model_are_read_with_a_warning(read, found):
    header, row = with_inputs(f"{HEADER}\n{ROW}").splitlines()
    rows = read("\n".join([header, row, row.replace(MODEL, found), row]) + "\n")
    assert len(rows) == 3
    assert rows.warnings == [WINDOWS_OF_ANOTHER_MODEL(count=1, windows=3, expected=MODEL)]


def test_windows_that_do_not_name_their_model_are_read_with_a_warning(read):
    lines = with_inputs(f"{HEADER}\n{ROW}\n{ROW}").splitlines()
    rows = read("\n".join(line.rsplit(",", 1)[0] for line in lines) + "\n")
    assert rows.warnings == [WINDOWS_OF_ANOTHER_MODEL(count=2, windows=2, expected=MODEL)]


def test_the_fingerprint_of_calendar_effects_is_eight_letters():
    # Spreadsheets would change digits such as 0012e345.
    effects = [dict.fromkeys(CALENDAR_FLAGS, number / 7) for number in range(200)]
    found = {fingerprint(each) for each in effects}
    assert len(found) == len(effects)
    assert all(len(name) == 8 and name.isalpha() and name.islower() for name in found)


def test_the_fingerprint_depends_on_every_effect_but_not_on_their_order():
    effects = dict.fromkeys(CALENDAR_FLAGS, 0.1)
    assert fingerprint(dict(reversed(effects.items()))) == fingerprint(effects)
    for flag in CALENDAR_FLAGS:
        assert fingerprint(effects | {flag: 0.1 + 1e-16 + 1e-15}) != fingerprint(effects)
