import pytest

from model_contract.reading.decode.wide_header import find_wide_header

pytestmark = pytest.mark.usefixtures("both_sizes")

FIELDS = ("Open", "High", "Low", "Close", "Volume")
APPLE = {
    "2024-01-08": ("10", "11", "9", "10.5", "1000"),
    "2024-01-09": ("10.5", "12", "10", "11", "2000"),
}
MICROSOFT = {
    "2024-01-08": ("20", "21", "19", "20.5", "3000"),
    "2024-01-09": ("20.5", "22", "20", "21", "4000"),
}
ONE = [("AAPL", field) for field in FIELDS]
BY_TICKER = [(ticker, field) for ticker in ("AAPL", "MSFT") for field in FIELDS]
BY_FIELD = [(ticker, field) for field in reversed(FIELDS) for ticker in ("AAPL", "MSFT")]


def rows_of(columns: list[tuple[str, str]]) -> str:
    prices = {"AAPL": APPLE, "MSFT": MICROSOFT}
    return "".join(
        ",".join([day, *(prices[ticker][day][FIELDS.index(field)] for ticker, field in columns)])
        + "\n"
        for day in APPLE
    )


def require_history(history, columns: list[tuple[str, str]]) -> None:
    found = dict(history.prices.by_ticker())
    assert set(found) == {ticker for ticker, _ in columns}
    for ticker, expected in (("AAPL", APPLE), ("MSFT", MICROSOFT)):
        if ticker in found:
            rows = found[ticker]
            assert rows.session.astype(str).tolist() == list(expected)
            values = [getattr(rows, field.lower()).tolist() for field in FIELDS]
            assert list(map(tuple, zip(*values, strict=True))) == [
                tuple(map(float, row)) for row in expected.values()
            ]


@pytest.mark.parametrize("columns", [ONE, BY_TICKER, BY_FIELD], ids=["one", "ticker", "field"])
@pytest.mark.parametrize(
    "template",
    [
        "Price,{fields}\nTicker,{tickers}\nDate{blanks}\n",
        "Ticker,{tickers}\nPrice,{fields}\nDate{blanks}\n",
        ",{fields}\n,{tickers}\nDate{blanks}\n",
        ",{tickers}\n,{fields}\nDate{blanks}\n",
        "Price,{fields}\nTicker,{tickers}\n",
        "Date,{fields}\n,{tickers}\n",
        "Date,{fields}\nTicker,{tickers}\n",
        "Date,{tickers}\n,{fields}\n",
        "Prices of a group,{blanks}\nPrice,{fields}\nTicker,{tickers}\nDate{blanks}\n",
    ],
    ids=[
        "yfinance",
        "tickers first",
        "without names",
        "tickers first, without names",
        "two lines",
        "the date first",
        "the date and the ticker first",
        "the date first, above tickers",
        "below a title",
    ],
)
def test_a_header_of_two_or_three_lines_is_read(read, columns, template):
    header = template.format(
        fields=",".join(field for _, field in columns),
        tickers=",".join(ticker for ticker, _ in columns),
        blanks="," * len(columns),
    )
    require_history(read(header + rows_of(columns)), columns)


@pytest.mark.parametrize("columns", [ONE, BY_TICKER, BY_FIELD], ids=["one", "ticker", "field"])
@pytest.mark.parametrize(
    "name",
    [
        "{ticker}_{field}",
        "{field}_{ticker}",
        "{ticker} {field}",
        "{ticker}.{field}",
        "{field}|{ticker}",
        "{ticker}: {field}",
        "\"('{field}', '{ticker}')\"",
        "\"('{ticker}', '{field}')\"",
    ],
)
def test_a_header_with_both_in_each_name_is_read(read, columns, name):
    names = [name.format(ticker=ticker, field=field) for ticker, field in columns]
    require_history(read(",".join(["Date", *names]) + "\n" + rows_of(columns)), columns)


def test_a_date_in_a_pair_with_nothing_is_a_date(read):
    names = [f"\"('{field}', '{ticker}')\"" for ticker, field in BY_TICKER]
    require_history(
        read(",".join(["\"('Date', '')\"", *names]) + "\n" + rows_of(BY_TICKER)), BY_TICKER
    )


def test_merged_cells_name_the_columns_after_them(read):
    header = ",AAPL,,,,,MSFT,,,,\nDate," + ",".join(FIELDS * 2) + "\n"
    require_history(read(header + rows_of(BY_TICKER)), BY_TICKER)


def test_tickers_may_be_numbers(read):
    header = "Price," + ",".join(FIELDS) + "\nTicker" + ",600519" * 5 + "\nDate,,,,,\n"
    assert read(header + rows_of(ONE)).prices.ticker.tolist() == ["600519", "600519"]


def test_a_ticker_without_a_value_in_a_row_has_no_row_there(read):
    header = "Price," + ",".join(FIELDS * 2) + "\nTicker" + ",A" * 5 + ",B" * 5 + "\n"
    rows = "2024-01-08,10,11,9,10.5,1000,,,,,\n2024-01-09,10,11,9,10.5,1000,20,21,19,20,5\n"
    history = read(header + rows)
    assert history.prices.ticker.tolist() == ["A", "A", "B"]
    assert history.prices.line.tolist() == [3, 4, 4]
    assert history.dropped == {}


def test_rows_keep_their_line_in_the_file(read):
    header = "Price," + ",".join(FIELDS) + "\nTicker" + ",A" * 5 + "\nDate,,,,,\n"
    assert read(header + rows_of(ONE)).prices.line.tolist() == [4, 5]


@pytest.mark.parametrize(
    "rows",
    [
        [["Date", *FIELDS], ["2024-01-08", "10", "11", "9", "10.5", "1000"]],
        [["Date", *FIELDS], ["2024-01-08", *["10"] * 5]],
        [["Date", *FIELDS], ["Date", *FIELDS]],
        [["Date", *FIELDS], ["Jan 8, 2024", "10", "11", "9", "10.5", "1000"]],
        [["Date", *FIELDS], ["", "", "", "", "", ""]],
        [["", "Date", *FIELDS], ["0", "2024-01-08", "1", "1", "1", "1", "1"]],
        [["Date", *FIELDS, "Volume"], ["", *["A"] * 6]],
        [["Date", *FIELDS[:4]], ["", *["A"] * 4]],
        [["Date", *FIELDS], ["", *["A"] * 4, "B"]],
        [["Date", "A_Open", "A_Close", "B_Open", "B_Close"]],
        [["A_Open", "A_High", "A_Low", "A_Close", "A_Volume"]],
        [["Date", "Adj Close", "Open price", "High price", "Low price", "Close price", "Volume"]],
        [],
    ],
    ids=[
        "rows below one header",
        "a row of one value",
        "the header twice",
        "a date with a name",
        "a blank row",
        "an index",
        "a field twice",
        "no volume",
        "fields of two tickers",
        "too few fields",
        "no date",
        "names of one ticker",
        "nothing",
    ],
)
def test_other_headers_are_not_wide(rows):
    assert find_wide_header(rows) is None


@pytest.mark.parametrize(
    "tickers", [("V",), ("V", "C"), ("OPEN", "AAPL"), ("C", "H", "L", "O", "V")]
)
@pytest.mark.parametrize("by_ticker", [True, False])
def test_tickers_that_are_names_of_fields(tickers, by_ticker):
    pairs = [(ticker, field) for ticker in tickers for field in FIELDS]
    if not by_ticker:
        pairs.sort(key=lambda pair: FIELDS.index(pair[1]))
    names, fields = (
        ["Ticker", *(pair[0] for pair in pairs)],
        ["Price", *(pair[1] for pair in pairs)],
    )
    headers = [
        [names, fields, ["Date", *[""] * len(pairs)]],
        [fields, names, ["Date", *[""] * len(pairs)]],
        [["Date", *(f"{ticker}_{field}" for ticker, field in pairs)]],
        [["Date", *(f"{field} {ticker}" for ticker, field in pairs)]],
    ]
    for rows in headers:
        wide = find_wide_header(rows)
        assert wide is not None
        assert set(wide.positions) == set(tickers)
        assert set(wide.fields) == set(FIELDS)


def test_a_bad_cell_costs_only_the_row_of_its_ticker(read):
    days = [f"2024-01-{day:02d}" for day in range(1, 31)]
    header = ",".join(["Date", *(f"{ticker}_{field}" for ticker, field in BY_TICKER)])
    rows = [",".join([day, "10,11,9,10.5,1000,20,21,19,20.5,3000"]) for day in days]
    rows[4] = rows[4].replace("20.5", "abc")
    rows[6] = rows[6].replace(",19,", ",0,")
    history = read("\n".join([header, *rows]))
    found = {ticker: len(rows) for ticker, rows in history.prices.by_ticker()}
    assert found == {"AAPL": 30, "MSFT": 28}
    assert history.dropped == {"unreadable": [6], "impossible": [8]}
