"""Which column has the traded shares, and what it counts."""

import numpy as np
import pytest

from model_contract.errors import Choice, DoubtError, TableError
from model_contract.messages.forecasting import VOLUME_UNIT_NOTED
from model_contract.messages.reading import (
    COLUMN_UNKNOWN,
    DECIMALS_UNCLEAR,
    VOLUME_IS_MONEY,
    VOLUME_NOTE_UNKNOWN,
    VOLUME_UNCLEAR,
    VOLUME_UNIT_UNCLEAR,
)
from model_contract.reading.apply.price_history import read_history
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.interpret.reading import Choices
from readings import doubts_of, history_of, reading_of

pytestmark = pytest.mark.usefixtures("both_sizes")

HEADER = "Date,Open,High,Low,Close,Volume\n"
PRICES = "10,11,9,10.5"
DAYS = np.arange("2024-01-15", "2024-02-05", dtype="datetime64[D]").astype(str).tolist()


def money_file(names: str, cells: list[tuple[object, ...]]) -> str:
    """Rows whose average price is 10, with more columns."""
    rows = [
        f"{day},10,11,9,10,{','.join(map(str, row))}\n"
        for day, row in zip(DAYS, cells, strict=False)
    ]
    return f"Date,Open,High,Low,Close,{names}\n" + "".join(rows)


@pytest.mark.parametrize(
    ("names", "lot", "volume", "unit"),
    [
        ("Volume,Quantidade", 1, "Quantidade", "shares"),
        ("Volume,Qtd", 100, "Qtd", "lots-100"),
        ("Volume,Qtd", 1000, "Qtd", "lots-1000"),
        ("成交额,成交量", 100, "成交量", "lots-100"),
        ("成交额,成交量", 1, "成交量", "shares"),
        ("Turnover,Volume", 1, "Volume", "shares"),
        ("Volume Financeiro,Quantidade Negociada", 1, "Quantidade Negociada", "shares"),
    ],
)
def test_money_proves_the_column_and_the_unit_of_shares(names, lot, volume, unit):
    shares = [50_000, 61_000, 42_000, 38_000] * 3
    cells = [(round(10.1 * count), count // lot) for count in shares]
    for text in (
        money_file(names, cells),
        money_file(",".join(reversed(names.split(","))), [row[::-1] for row in cells]),
    ):
        history = history_of(text)
        assert history.reading.names["Volume"] == volume
        assert history.reading.volume_unit == unit
        assert history.prices.volume.tolist() == shares


def test_shares_under_an_unknown_name_show_that_the_volume_is_money():
    rows = [(round(10 * shares), shares) for shares in range(1000, 1020)]
    history = history_of(money_file("Volumen,Anzahl", rows))
    assert history.reading.names["Volume"] == "Anzahl"
    assert history.reading.volume_unit == "shares"
    assert history.prices.volume.tolist() == [shares for _, shares in rows]


def test_a_column_of_a_few_values_is_not_shares_by_chance():
    reading = reading_of(money_file("Volume,Month", [(1000, 1)] * 20))
    assert (reading.names["Volume"], reading.volume_unit) == ("Volume", "shares")


@pytest.mark.parametrize("factor", [0.2, 0.7, 1.3, 1.5, 3, 7.5, 12.7, 50, 1e6], ids=str)
def test_columns_in_another_proportion_prove_nothing(factor):
    cells = [(int(10 * count * factor), count) for count in (50_000, 61_000, 42_000) * 4]
    assert set(doubts_of(money_file("Volume,Quantidade", cells))) == {VOLUME_UNCLEAR.name}
    text = money_file("Turnover,Volume", cells)
    assert doubts_of(text) == {
        VOLUME_UNIT_UNCLEAR.name: Choice(
            "volume_unit",
            {
                "shares": ["50000", "61000", "42000"],
                "lots-10": ["500000", "610000", "420000"],
                "lots-100": ["5000000", "6100000", "4200000"],
                "lots-1000": ["50000000", "61000000", "42000000"],
                "lots-10000": ["500000000", "610000000", "420000000"],
                "lots-1000000": ["50000000000", "61000000000", "42000000000"],
            },
        )
    }
    assert history_of(text, volume_unit="lots-100").prices.volume[0] == 5_000_000


@pytest.mark.parametrize(
    ("names", "ratio", "unit"),
    [
        ("Amount (Rs. Cr),Volume", 1e-7, "shares"),
        ("Turnover (Lacs),Volume", 1e-5, "shares"),
        ("成交额(千元),成交量", 0.1, "lots-100"),
        ("成交额(万元),成交量", 0.01, "lots-100"),
        ("成交额(千元),成交量(手)", 0.1, "lots-100"),
        ("成交額(千元),成交量(千股)", 1, "lots-1000"),
        ("成交额,成交量(手)", 0.1, "lots-100"),
        ("成交额,成交量(手)", 0.7, "lots-100"),
        ("成交额,成交量(股)", 0.7, "shares"),
        ("거래대금(백만원),거래량", 1e-6, "shares"),
    ],
)
def test_notes_about_units_count(names, ratio, unit):
    cells = [(10 * count * ratio, count) for count in (50_000, 61_000, 42_000) * 4]
    assert reading_of(money_file(names, cells)).volume_unit == unit


def test_a_note_that_money_contradicts_is_asked_about():
    cells = [(10 * count, count) for count in (50_000, 61_000, 42_000) * 4]
    assert set(doubts_of(money_file("成交额,成交量(手)", cells))) == {VOLUME_UNIT_UNCLEAR.name}


def test_money_that_does_not_follow_the_shares_proves_nothing():
    cells = [(10**6 * (1 + row % 3), 50_000 + 9_000 * (row % 7)) for row in range(20)]
    assert reading_of(money_file("Turnover,Volume", cells)).volume_unit == "shares"


def test_ten_rows_are_a_proof():
    cells = [(10 * count, count) for count in range(50_000, 51_000, 100)]
    assert reading_of(money_file("Volume,Quantidade", cells)).names["Volume"] == "Quantidade"


def test_a_few_rows_prove_nothing():
    cells = [(10 * count, count) for count in (50_000, 61_000, 42_000) * 3]
    assert set(doubts_of(money_file("Volume,Quantidade", cells))) == {VOLUME_UNCLEAR.name}


def test_two_quantities_without_proof_are_asked_about():
    text = money_file("Volume,Quantidade", [(1000, 77), (2000, 88), (3000, 99), (4000, 5)])
    assert doubts_of(text) == {
        VOLUME_UNCLEAR.name: Choice(
            "volume", {"Volume": ["1000", "2000", "3000"], "Quantidade": ["77", "88", "99"]}
        )
    }


@pytest.mark.parametrize(("name", "volumes"), [("Volume", [1000, 2000]), ("Quantidade", [77, 88])])
def test_a_choice_settles_the_column_of_volume(name, volumes):
    text = money_file("Volume,Quantidade", [(1000, 77), (2000, 88)])
    assert history_of(text, volume=name).prices.volume.tolist() == volumes


@pytest.mark.parametrize(
    ("unit", "factor"), [("shares", 1), ("lots-10", 10), ("lots-100", 100), ("lots-1000", 1000)]
)
def test_a_choice_settles_the_unit_of_volume(unit, factor):
    text = money_file("Volume", [(1000,), (2000,)])
    history = history_of(text, volume_unit=unit)
    assert history.prices.volume.tolist() == [1000 * factor, 2000 * factor]
    assert history.reading.volume_unit == unit


def test_a_choice_of_the_unit_wins_over_the_proof():
    cells = [(10 * count, count // 100) for count in (50_000, 61_000, 42_000) * 4]
    history = history_of(money_file("Turnover,Volume", cells), volume_unit="shares")
    assert history.prices.volume.tolist() == [500, 610, 420] * 4


def test_money_alone_is_not_taken_for_shares():
    with pytest.raises(DoubtError) as caught:
        reading_of(money_file("Turnover", [(1000,), (2000,)]))
    (problem,) = caught.value.problems
    assert (problem.row, problem.column, problem.choice) == (1, "Turnover", None)
    assert problem.message == VOLUME_IS_MONEY()


def test_an_unknown_column_of_volume_is_refused():
    with pytest.raises(TableError) as caught:
        reading_of(money_file("Volume", [(1000,), (2000,)]), volume="Nonsense")
    (problem,) = caught.value.problems
    assert (problem.message.code, problem.message.params["name"]) == (COLUMN_UNKNOWN, "Nonsense")


def test_any_column_can_be_chosen_as_the_volume():
    text = money_file("Volume", [(1000,), (2000,)]).replace("Volume", "Lots sold")
    assert reading_of(text, volume="Lots sold").names["Volume"] == "Lots sold"


@pytest.mark.parametrize(
    "name",
    ["Volume (CHF)", "Volume (₹)", "Volume (R$ mil)", "Volume ($M)", "Volume ($ millions)",
     "Volume (Euro)", "Volume in EUR", "Объем (руб.)"],
)  # fmt: skip
def test_a_currency_in_the_name_shows_money(name):
    rows = [(shares,) for shares in range(1000, 1020)]
    with pytest.raises(TableError) as caught:
        reading_of(money_file(name, rows))
    assert caught.value.problems[0].message.code == VOLUME_IS_MONEY


@pytest.mark.parametrize(
    ("name", "unit"),
    [("Volume ('000)", "lots-1000"), ("Volume (000's)", "lots-1000"),
     ("Volume (thousand shares)", "lots-1000"), ("Volume (Tsd. Stück)", "lots-1000"),
     ("Volume (lot)", "lots-100"), ("Volume (100s)", "lots-100")],
)  # fmt: skip
def test_a_note_in_the_name_states_the_unit(name, unit):
    rows = [(shares,) for shares in range(1000, 1020)]
    assert reading_of(money_file(name, rows)).volume_unit == unit


@pytest.mark.parametrize("cell", ["R$ {:.3f}B", "${}.5", "{}.50 €"])
def test_currency_signs_in_the_cells_show_money(cell):
    rows = [(cell.format(shares),) for shares in range(1000, 1020)]
    with pytest.raises(TableError) as caught:
        reading_of(money_file("Volume", rows))
    assert caught.value.problems[0].message.code == VOLUME_IS_MONEY
    both = [(cell.format(shares), shares) for shares in range(1000, 1020)]
    assert reading_of(money_file("Volume,Shares", both)).names["Volume"] == "Shares"
    assert reading_of(money_file("Volume", rows), volume="Volume").names["Volume"] == "Volume"


@pytest.mark.parametrize(
    "name", ["Volume (mil)", "Volume (m)", "Volume (round lots)", "成交量(张X)"]
)
def test_a_note_that_states_no_known_unit_is_asked_about(name):
    text = money_file(name, [(shares,) for shares in range(1000, 1020)])
    assert set(doubts_of(text)) == {VOLUME_NOTE_UNKNOWN.name}
    assert reading_of(text, volume_unit="lots-1000").volume_unit == "lots-1000"


@pytest.mark.parametrize("names", ["Quantity,Vol.", "Volume,Total Volume", "Volume,Vol"])
def test_columns_that_could_all_be_the_volume_are_asked_about(names):
    rows = [(shares, 3 * shares) for shares in range(1000, 1020)]
    assert set(doubts_of(money_file(names, rows))) == {VOLUME_UNCLEAR.name}
    equal = [(shares, shares) for shares in range(1000, 1020)]
    assert reading_of(money_file(names, equal)).names["Volume"] == names.split(",")[0]
    empty = [(0, shares) for shares in range(1000, 1020)]
    assert reading_of(money_file(names, empty)).names["Volume"] == names.split(",")[1]


def test_shares_under_an_unknown_name_next_to_money_by_name():
    rows = [(10 * shares, shares) for shares in range(1000, 1020)]
    assert reading_of(money_file("Volume USDT,Volume XYZ", rows)).names["Volume"] == "Volume XYZ"


def points(prices: str, name: str = "Volume", money_of_one: float = 0) -> str:
    """A file whose volumes are 100.456, 101.456, …; maybe with the traded money."""
    more = ";Turnover" if money_of_one else ""
    rows = [
        f"{day};{prices};{shares}.456" + f";{shares * money_of_one:.0f}" * bool(money_of_one)
        for shares, day in enumerate(DAYS, start=100)
    ]
    return "\n".join([f"Date;Open;High;Low;Close;{name}{more}", *rows, ""])


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        ("AAPL - volume in thousands of shares\n", "", "AAPL - volume in thousands of shares"),
        ("Volume em milhões de ações\n", "", "Volume em milhões de ações"),
        ("", "* Volume in thousands\n", "* Volume in thousands"),
        ("Prices of 2024\n", "", None),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_line_outside_the_rows_that_states_a_unit_is_quoted(before, after, note, encoding):
    text = before + money_file("Volume", [(shares,) for shares in range(1000, 1020)]) + after
    table = read_table(text.encode(encoding))
    found = [one for one in read_history(table).warnings if one.code == VOLUME_UNIT_NOTED]
    assert found == ([VOLUME_UNIT_NOTED(text=note)] if note else [])
    chosen = read_history(table, choices=Choices(volume_unit="lots-1000"))
    assert VOLUME_UNIT_NOTED(text=note or "") not in chosen.warnings
    assert chosen.prices.volume[0] == 1_000_000


def test_a_row_of_units_is_quoted():
    rows = money_file("Volume", [(shares,) for shares in range(1000, 1020)])
    text = rows.replace("\n", "\n,USD,USD,USD,USD,thousands\n", 1)
    assert VOLUME_UNIT_NOTED(text=",USD,USD,USD,USD,thousands") in history_of(text).warnings
    named = rows.replace("Volume", "Volume (thousands)")
    assert all(one.code != VOLUME_UNIT_NOTED for one in history_of(named).warnings)


def test_a_decimal_comma_in_the_prices_proves_that_points_separate_thousands():
    text = points("10,25;11,5;9,75;10,5")
    assert history_of(text).prices.volume[0] == 100_456
    proof = text.replace("100.456", "100.4567")
    assert history_of(proof).prices.volume[0] == 100.4567


@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("prices", ["10.25;11.5;9.75;10.5", "10;11;9;10"])
def test_otherwise_volumes_with_three_digits_after_each_sign_are_asked_about(separator, prices):
    text = points(prices).replace(";", separator)
    options = {
        "point": ["100.456", "101.456", "102.456"],
        "comma": ["100456", "101456", "102456"],
    }
    assert doubts_of(text) == {DECIMALS_UNCLEAR.name: Choice("decimal", options)}
    assert history_of(text, decimal="point").prices.volume[0] == 100.456
    whole = history_of(text, decimal="comma").prices
    assert (whole.volume[0], whole.open[0]) == (100_456, float(prices.split(";")[0]))
    proof = text.replace("100.456", "1.100.456")
    assert history_of(proof).prices.volume[:2].tolist() == [1_100_456, 101_456]


@pytest.mark.parametrize(("money_of_one", "volume"), [(10.5, 100.456), (10_500, 100_456)])
def test_money_proves_whether_the_sign_is_decimal(money_of_one, volume):
    text = points("10.5;11.5;9.5;10.5", money_of_one=money_of_one)
    assert history_of(text).prices.volume[0] == volume


@pytest.mark.parametrize("name", ["Volume (mil)", "Volume (m)", "Volume (mm)"])
def test_thousands_or_millions_of_shares_have_decimals(name):
    text = points("10.25;11.5;9.75;10.5", name=name)
    doubt = doubts_of(text)[VOLUME_NOTE_UNKNOWN.name]
    assert doubt.options["lots-1000000"][0] == "100456000"
    money = points("10.5;11.5;9.5;10.5", name, money_of_one=10.5).replace("over", "over (mil)")
    assert set(doubts_of(money)) == {VOLUME_NOTE_UNKNOWN.name}
    assert history_of(text, volume_unit="lots-1000000").prices.volume[0] == 100_456_000
    plain = points("10.25;11.5;9.75;10.5")
    assert history_of(plain, volume_unit="lots-1000").prices.volume[0] == 100_456


def test_lots_of_ten_thousand_give_whole_shares():
    text = money_file("成交量(万股)", [(4363.49,)] * 20)
    history = history_of(text)
    assert set(history.prices.volume.tolist()) == {43_634_900}
    assert history.warnings == []


def test_money_proves_lots_of_ten():
    rows = [(100 * shares, shares) for shares in range(1000, 1020)]
    reading = reading_of(money_file("Turnover,Volume", rows))
    assert (reading.names["Volume"], reading.volume_unit) == ("Volume", "lots-10")
