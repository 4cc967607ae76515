"""Why a cell or a row in a file cannot be used."""

from model_contract.messages.message import Code

NUMBER_EXPECTED = Code(
    "number_expected",
    "expected a number such as 1234.56, found {found:found}",
    "Write the number with digits and a decimal point.",
)
NUMBER_EXPECTED_DECIMAL_COMMA = Code(
    "number_expected_decimal_comma",
    "expected a number such as 1234,56 or 1.234.567, found {found:found}",
    "Write the number with digits and a decimal comma.",
)
NUMBER_DECIMAL_COMMA = Code(
    "number_decimal_comma",
    "expected a number such as 1234.56, found {found:quoted} with a decimal comma",
    "Write all decimals in the same way, or choose with the parameter 'decimal'.",
)
NUMBER_DECIMAL_POINT = Code(
    "number_decimal_point",
    "expected a number such as 1234,56, found {found:quoted} with a decimal point",
    "Write all decimals in the same way, or choose with the parameter 'decimal'.",
)
NUMBER_MISSING = Code(
    "number_missing", "expected a number, found {found:found}", "Fill in the cell."
)
ROW_INCOMPLETE = Code(
    "row_incomplete",
    "expected a number, found no value, although other cells in the row have one",
    "Complete the row, or clear it.",
)
NUMBER_TOO_LARGE = Code(
    "number_too_large", "the number {found:quoted} is too large", "Correct the cell."
)
DATE_EXPECTED = Code(
    "date_expected",
    "expected a date such as {example}, found {found:found}",
    "Write all dates in the same way.",
)
DATE_IMPOSSIBLE = Code(
    "date_impossible", "the date {found:quoted} doesn't exist", "Correct the date."
)
ROWS_INTRADAY = Code(
    "rows_intraday",
    "{found:quoted} is one of several rows for the same day; forecasts are made from daily prices",
    "Export the prices again with one row per day.",
)
DATE_IN_FUTURE = Code(
    "date_in_future",
    "{date} is in the future (today is {today}, UTC); expected past sessions",
    "Correct the date, or delete the row.",
)
PRICE_EXPECTED = Code(
    "price_expected", "expected a price > 0, found {found}", "Correct the price, or clear the row."
)
VOLUME_EXPECTED = Code(
    "volume_expected",
    "expected a volume >= 0, found {found}",
    "Correct the volume, or clear the row.",
)
HIGH_BELOW_LOW = Code(
    "high_below_low",
    "High {high} is below Low {low}",
    "Check whether the High and Low columns are swapped.",
)
OUTSIDE_RANGE = Code(
    "outside_range",
    "Open {open} or Close {close} is outside the range from Low {low} to High {high}",
    "Export the prices again: all of them adjusted for dividends and splits, or none.",
)
SESSIONS_REPEATED = Code(
    "sessions_repeated",
    "{count} {count:row repeats|rows repeat} a session, for example {date} on lines {line:digits} "
    "and {second:digits}, and no column names tickers",
    "If the file has several tickers, add a column Ticker, or send each ticker in its own file.",
)
SESSION_TWICE = Code(
    "session_twice",
    "the session {date}{ticker:of} is already on line {line:digits}",
    "Keep one of the two rows, or add a column Ticker if they are of two tickers. Joining two "
    "exports often repeats a session.",
)
TICKER_LENGTH = Code(
    "ticker_length",
    "expected a ticker of 1 to {limit} characters, found {found:found}",
    "Correct the ticker.",
)
WINDOW_NOT_ASCENDING = Code(
    "window_not_ascending",
    "expected the sessions of a window in ascending order, with the session to forecast last",
    "Sort the columns.",
)
