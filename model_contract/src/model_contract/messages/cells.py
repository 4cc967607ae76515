"""Why a cell or a row in a CSV cannot be used."""

from model_contract.messages.message import Code

NUMBER_EXPECTED = Code(
    "number_expected",
    "expected a number such as 1234.56, found {found:found}",
    "Write the number with digits and a decimal point.",
)
NUMBER_EXPECTED_DECIMAL_COMMA = Code(
    "number_expected_decimal_comma",
    "expected a number such as 1234,56 or 1.234.567 (the file's columns are separated by "
    "semicolons), found {found:found}",
    "Write the number with digits and a decimal comma.",
)
NUMBER_MISSING = Code(
    "number_missing", "expected a number, found {found:found}", "Fill in the cell."
)
ROW_INCOMPLETE = Code(
    "row_incomplete",
    "expected a number, found no value, although other cells in the row have one",
    "Complete the row, or clear it.",
)
NUMBER_AMBIGUOUS = Code(
    "number_ambiguous",
    "{found:quoted} is ambiguous: {thousands} with a thousands separator, or {decimal} with a "
    "decimal comma",
    "In a file with semicolons, write decimals with a comma and leave out thousands separators.",
)
NUMBER_TOO_LARGE = Code(
    "number_too_large", "the number {found:quoted} is too large", "Correct the cell."
)
NUMBER_CURRENCY = Code(
    "number_currency",
    "expected a number, found {found:quoted} with a currency sign",
    "Write prices without the currency sign: 62.48, not $62.48.",
)
NUMBER_SUFFIX = Code(
    "number_suffix",
    "expected a number, found {found:quoted} with a unit",
    "Write volumes out in full: 19700000, not 19.7M.",
)
NUMBER_THOUSANDS = Code(
    "number_thousands",
    "expected a number, found {found:quoted} with thousands separators",
    "Write numbers without thousands separators: 11518400, not 11,518,400. In a spreadsheet, "
    "format the column as plain numbers before you export.",
)
NUMBER_DECIMAL_COMMA = Code(
    "number_decimal_comma",
    "expected a number such as 1234.56, found {found:quoted} with a decimal comma",
    "Save the file with semicolons between the columns, or write decimals with a point.",
)
NUMBER_DECIMAL_POINT = Code(
    "number_decimal_point",
    "expected a number such as 1234,56, found {found:quoted} with a decimal point",
    "Save the file with commas between the columns, or write decimals with a comma.",
)
DATE_EXPECTED = Code(
    "date_expected",
    "expected a date such as 2024-04-03, found {found:found}",
    "Write dates as year-month-day, such as 2024-04-03.",
)
DATE_EXPECTED_DAY_FIRST = Code(
    "date_expected_day_first",
    "expected a date such as 03/04/2024 (day first) or 2024-04-03, found {found:found}",
    "Write dates as year-month-day, such as 2024-04-03.",
)
DATE_AMBIGUOUS = Code(
    "date_ambiguous",
    "{found:quoted} could be day/month or month/day",
    "Write dates as 2024-04-03, or save the file with semicolons, which means day first.",
)
DATE_SLASHED = Code(
    "date_slashed",
    "{found:quoted} isn't accepted, because other dates with slashes could be day/month or "
    "month/day",
    "Write dates as year-month-day: {iso}, not {found}.",
)
DATE_MONTH_FIRST = Code(
    "date_month_first",
    "{found:quoted} has the month first",
    "Write dates as year-month-day: {iso}, not {found}.",
)
DATE_IMPOSSIBLE = Code(
    "date_impossible", "the date {found:quoted} doesn't exist", "Correct the date."
)
DATE_WITH_TIME = Code(
    "date_with_time",
    "expected a date such as 2024-04-03, found {found:quoted} with a time of day",
    "Leave the time out: write dates as year-month-day, such as 2024-04-03.",
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
SESSION_TWICE = Code(
    "session_twice",
    "the session {date}{ticker:of} is already on line {line:digits}",
    "Keep one of the two rows. Joining two exports often repeats a session.",
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
