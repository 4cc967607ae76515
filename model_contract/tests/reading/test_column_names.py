import pytest

from model_contract.reading.formats.column_names import (
    ADJUSTED_CLOSE,
    CLOSE,
    DATE,
    HIGH,
    LOW,
    MONEY,
    NAMES,
    OPEN,
    PRICES,
    REQUIRED,
    SPLIT_FACTOR,
    TICKER,
    TIME,
    TRADES,
    VOLUME,
    bare,
    rank_of,
    roles_of,
)

LANGUAGES = {
    "English": "Date Open High Low Close Volume",
    "Portuguese": "Data Abertura Máxima Mínima Fechamento Quantidade",
    "Spanish": "Fecha Apertura Máximo Mínimo Cierre Volumen",
    "German": "Datum Eröffnung Hoch Tief Schluss Volumen",
    "French": "Date Ouverture Haut Bas Clôture Volume",
    "Russian": "Дата Открытие Максимум Минимум Закрытие Объём",
    "Chinese": "日期 开盘 最高 最低 收盘 成交量",
    "Japanese": "日付 始値 高値 安値 終値 出来高",
    "letters": "t o h l c v",
    "MetaTrader": "<DATE> <OPEN> <HIGH> <LOW> <CLOSE> <VOL>",
    "B3": "DATPRE PREABE PREMAX PREMIN PREULT QUATOT",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_header_of_a_language_names_every_column_of_a_history(language):
    names = LANGUAGES[language].split()
    for name, role in zip(names, REQUIRED, strict=True):
        for written in (name, name.upper(), name.lower(), f"  {name} "):
            assert role in roles_of(written), written


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("1. open", OPEN),
        ("5. volume", VOLUME),
        ("4a. close (USD)", CLOSE),
        ("Close/Last", CLOSE),
        ("Close*", CLOSE),
        ("Close (adjusted)", CLOSE),
        ("Vol.", VOLUME),
        ("Open Price", OPEN),
        ("open_price", OPEN),
        ("openPrice", OPEN),
        ("Total Traded Quantity", VOLUME),
        ("Nº de ações (mil)", None),
        ("Preço de abertura", OPEN),
        ("Último", CLOSE),
        ("Price", CLOSE),
        ("Adj Close", ADJUSTED_CLOSE),
        ("Adj Close**", ADJUSTED_CLOSE),
        ("adjClose", ADJUSTED_CLOSE),
        ("Adj. Close", ADJUSTED_CLOSE),
        ("Adj_Close", ADJUSTED_CLOSE),
        ("Adjusted_close", ADJUSTED_CLOSE),
        ("splitFactor", SPLIT_FACTOR),
        ("Stock Splits", SPLIT_FACTOR),
        ("<TICKER>", TICKER),
        ("act_symbol", TICKER),
        ("Name", TICKER),
        ("Ativo", TICKER),
        ("Symbol", TICKER),
        ("ts_code", TICKER),
        ("<TICKVOL>", TRADES),
        ("<TIME>", TIME),
        ("Turnover", MONEY),
        ("成交额", MONEY),
        ("Volume Financeiro", MONEY),
        ("出来高(株)", VOLUME),
        ("Date（日付）", DATE),
        ("Note", None),
        ("", None),
        ("Volatility", None),
        ("Opening auction", None),
        ("Close time", None),
    ],
)
def test_a_written_name_has_its_role(name, role):
    assert role in roles_of(name) if role else roles_of(name) == ()


def test_a_name_can_have_several_roles():
    assert roles_of("Time") == (DATE, TIME)


@pytest.mark.parametrize(
    ("better", "worse", "role"),
    [
        ("Close", "Last", CLOSE),
        ("Close", "Price", CLOSE),
        ("Date", "Time", DATE),
        ("Date", "Timestamp", DATE),
        ("Ticker", "Name", TICKER),
        ("Symbol", "Name", TICKER),
        ("Volume", "Vol", VOLUME),
        ("Quantidade", "Vol", VOLUME),
    ],
)
def test_the_clearer_of_two_names_ranks_first(better, worse, role):
    assert rank_of(better, role) < rank_of(worse, role) < len(NAMES[role].split(", "))


def test_an_unknown_name_ranks_last():
    assert rank_of("Note", DATE) == len(NAMES[DATE].split(", "))


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("1. Open*", "open"),
        ("<OPEN>", "open"),
        ("Open_Price", "open price"),
        (" Close (USD) ", "close"),
        ("#Date", "date"),
        ("Close/Last", "close/last"),
        ("12. x", "x"),
    ],
)
def test_a_name_is_compared_without_numbering_marks_and_notes(written, name):
    assert bare(written) == name


def test_no_name_is_a_price_of_two_kinds():
    for role in PRICES:
        for name in NAMES[role].split(", "):
            assert [found for found in roles_of(name) if found in PRICES] == [role], name


def test_every_name_in_the_table_is_found_as_written():
    for role, names in NAMES.items():
        for name in names.split(", "):
            assert role in roles_of(name), name


def test_highs_and_lows_are_not_confused():
    assert {roles_of(name) for name in ("Máxima", "Alta", "最高", "plus haut")} == {(HIGH,)}
    assert {roles_of(name) for name in ("Mínima", "Baixa", "最低", "plus bas")} == {(LOW,)}
