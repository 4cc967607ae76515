"""Why a CSV cannot be used: the errors of a file, of its header, its lines and its cells."""

from model_contract.messages.message import Code

COLUMNS = "Date, Open, High, Low, Close, Volume"

# The file

FILE_EMPTY = Code(
    "file_empty",
    "error",
    "the file is empty; expected a header line and one row per session",
    "Export the prices again.",
)
FILE_COMPRESSED = Code(
    "file_compressed",
    "error",
    "not a CSV: the file is compressed ({format})",
    "Unpack the file, then send the CSV in it.",
)
EXCEL_WORKBOOK = Code(
    "excel_workbook",
    "error",
    "not a CSV: the file looks like an Excel workbook",
    'In Excel choose "Save as" and the type "CSV UTF-8", then send that file.',
)
NOT_CSV = Code(
    "not_csv", "error", "not a CSV: the file looks like {format}", "Send daily prices as a CSV."
)
NOT_UTF8 = Code(
    "not_utf8",
    "error",
    "not UTF-8 text: byte {byte} on line {line}",
    'Save the file as "CSV UTF-8"; a byte-order mark is fine. Excel offers it under "Save as", a text editor as the encoding.',
)
NUL_BYTE = Code(
    "nul_byte",
    "error",
    "not a CSV: a NUL byte on line {line}; expected UTF-8 text",
    'Save the file as "CSV UTF-8".',
)
TOO_MANY_LINES = Code(
    "too_many_lines",
    "error",
    "the file has {lines} lines; at most {limit} rows are read",
    "Delete blank lines, or send fewer sessions.",
)
TOO_MANY_ROWS = Code(
    "too_many_rows",
    "error",
    "the file has {rows} rows; at most {limit} are read",
    "Send fewer sessions or fewer tickers.",
)
TOO_MANY_TICKERS = Code(
    "too_many_tickers",
    "error",
    "the file has {tickers} tickers; at most {limit} are read",
    "Send the tickers in several files.",
)
NO_ROWS = Code(
    "no_rows",
    "error",
    "the file has a header but no rows; expected one row per session",
    "Export the prices again.",
)
NO_USABLE_ROWS = Code(
    "no_usable_rows",
    "error",
    "no usable row is left: {empty} without any price or volume, {zero_volume} with zero volume, "
    "{contradictory} with Open or Close outside Low to High",
    "Export the prices again.",
)

# The header

NO_SEPARATOR = Code(
    "no_separator",
    "error",
    "not a CSV: the first line, {line:quoted}, has neither commas nor semicolons; expected column names",
    f"Separate the columns with commas, and name them in the first line: {COLUMNS}.",
)
TABS = Code(
    "tabs",
    "error",
    "the columns are separated by tabs; expected commas or semicolons",
    "Save the file as CSV, or copy the table and paste it on the page, which accepts tabs.",
)
HEADER_MISSING = Code(
    "header_missing",
    "error",
    "the first line, {line:quoted}, holds values; expected column names",
    f"Add a first line that names the columns: {COLUMNS}.",
)
HEADER_NOT_FIRST = Code(
    "header_not_first",
    "error",
    "the column names are on line {header_line}, not in the first line, {line:quoted}",
    "Delete the lines above the column names.",
)
HEADER_YFINANCE = Code(
    "header_yfinance",
    "error",
    "the file has the three header lines that yfinance writes; expected one",
    "Download it with multi_level_index=False, or delete the second and third lines and rename Price to Date in the first.",
)
TOO_MANY_COLUMNS = Code(
    "too_many_columns",
    "error",
    "the header has {columns} columns; at most {limit} are read",
    f"Keep the columns {COLUMNS}.",
)
COLUMN_TWICE = Code(
    "column_twice",
    "error",
    "the header names {name:quoted} more than once",
    "Keep one of these columns.",
)
COLUMNS_EQUIVALENT = Code(
    "columns_equivalent",
    "error",
    "{one:quoted} and {other:quoted} mean the same",
    "Keep one of these columns.",
)
COLUMN_MISSING = Code(
    "column_missing",
    "error",
    "not in the header; a price history needs {needed}; found {found:quoted}{more:?, …}",
    "Export daily prices with all of these columns.",
)
COLUMN_RENAMED = Code(
    "column_renamed",
    "error",
    "not in the header, which has {written:quoted} instead",
    "Rename {written:quoted} to {name} in the first line.",
)
WINDOW_COLUMNS_MISSING = Code(
    "window_columns_missing",
    "error",
    "{count:missing column|missing columns} {columns}{more:?, …} ({count} in all); the model takes {window} sessions "
    "(t-{oldest} to t-0) of {features}: {expected} columns",
    "Export the windows with the features of the model that serves.",
)

# Lines

FIELD_COUNT = Code(
    "field_count",
    "error",
    "expected {expected} fields as in the header, found {found}",
    "Correct the line, or delete it.",
)
FIELD_COUNT_DECIMAL_COMMA = Code(
    "field_count_decimal_comma",
    "error",
    "expected {expected} fields as in the header, found {found}; a decimal comma or thousands comma splits a number in two",
    "Use decimal points, or semicolons between the columns.",
)
QUOTE_UNCLOSED = Code(
    "quote_unclosed",
    "error",
    "a quotation mark opens a field but doesn't close it at the field's end on the same line",
    "Close the quotation mark, or delete it.",
)
LINE_TOO_LONG = Code(
    "line_too_long",
    "error",
    "the line has {characters} characters; at most {limit} are read",
    "Check for a missing quotation mark or line break.",
)
FIELD_TOO_LONG = Code(
    "field_too_long",
    "error",
    "a field is too long; at most {limit} characters are read",
    "Shorten the field.",
)

# Cells

NUMBER_EXPECTED = Code(
    "number_expected",
    "error",
    "expected a number such as 1234.56, found {found:found}",
    "Write the number with digits and a decimal point.",
)
NUMBER_EXPECTED_DECIMAL_COMMA = Code(
    "number_expected_decimal_comma",
    "error",
    "expected a number such as 1234,56 or 1.234.567 (the file's columns are separated by semicolons), found {found:found}",
    "Write the number with digits and a decimal comma.",
)
NUMBER_MISSING = Code(
    "number_missing", "error", "expected a number, found {found:found}", "Complete the cell."
)
ROW_INCOMPLETE = Code(
    "row_incomplete",
    "error",
    "expected a number, found no value, while other cells of the row have one",
    "Complete the row or empty it.",
)
NUMBER_AMBIGUOUS = Code(
    "number_ambiguous",
    "error",
    "{found:quoted} is ambiguous: {thousands} with a thousands separator, or {decimal} with a decimal comma",
    "Write decimals with a comma, and leave thousands separators out.",
)
NUMBER_TOO_LARGE = Code(
    "number_too_large", "error", "{found:quoted} is too large for a number", "Correct the cell."
)
NUMBER_CURRENCY = Code(
    "number_currency",
    "error",
    "expected a number, found {found:quoted} with a currency sign",
    "Write prices without the currency sign.",
)
NUMBER_SUFFIX = Code(
    "number_suffix",
    "error",
    "expected a number, found {found:quoted} with a unit",
    "Write volumes out in full: 19700000, not 19.7M.",
)
NUMBER_THOUSANDS = Code(
    "number_thousands",
    "error",
    "expected a number, found {found:quoted} with thousands separators",
    "Write numbers without thousands separators: 11518400. In a spreadsheet, format the column as plain numbers before you export.",
)
NUMBER_DECIMAL_COMMA = Code(
    "number_decimal_comma",
    "error",
    "expected a number such as 1234.56, found {found:quoted} with a decimal comma",
    "Save the file with semicolons between the columns, or write decimals with a point.",
)
NUMBER_DECIMAL_POINT = Code(
    "number_decimal_point",
    "error",
    "expected a number such as 1234,56, found {found:quoted} with a decimal point",
    "Save the file with commas between the columns, or write decimals with a comma.",
)
DATE_EXPECTED = Code(
    "date_expected",
    "error",
    "expected a date such as 2024-04-03, found {found:found}",
    "Write dates as year-month-day, such as 2024-04-03.",
)
DATE_EXPECTED_DAY_FIRST = Code(
    "date_expected_day_first",
    "error",
    "expected a date such as 03/04/2024 (day first) or 2024-04-03, found {found:found}",
    "Write dates as year-month-day, such as 2024-04-03.",
)
DATE_AMBIGUOUS = Code(
    "date_ambiguous",
    "error",
    "{found:quoted} could be day/month or month/day",
    "Write dates as 2024-04-03, or save the file with semicolons, where the day comes first.",
)
DATE_SLASHED = Code(
    "date_slashed",
    "error",
    "{found:quoted} isn't read, since other dates with slashes could be day/month or month/day",
    "Write it as {iso}.",
)
DATE_MONTH_FIRST = Code(
    "date_month_first",
    "error",
    "{found:quoted} has the month first",
    "Write dates as year-month-day: {iso}.",
)
DATE_IMPOSSIBLE = Code(
    "date_impossible", "error", "the day {found:quoted} doesn't exist", "Correct the date."
)
DATE_WITH_TIME = Code(
    "date_with_time",
    "error",
    "expected a date such as 2024-04-03, found {found:quoted} with a time of day",
    "Leave the time out: write dates as year-month-day, such as 2024-04-03.",
)
ROWS_INTRADAY = Code(
    "rows_intraday",
    "error",
    "{found:quoted} is one of several rows of its day; forecasts are made from daily prices",
    "Export the prices again with one row per day.",
)
DATE_IN_FUTURE = Code(
    "date_in_future",
    "error",
    "{date} is in the future (today is {today}, UTC); expected past sessions",
    "Correct the date, or delete the row.",
)
PRICE_EXPECTED = Code(
    "price_expected",
    "error",
    "expected a price > 0, found {found}",
    "Correct the price, or empty the row.",
)
VOLUME_EXPECTED = Code(
    "volume_expected",
    "error",
    "expected a volume >= 0, found {found}",
    "Correct the volume, or empty the row.",
)
HIGH_BELOW_LOW = Code(
    "high_below_low",
    "error",
    "High {high} is below Low {low}",
    "Check whether the columns High and Low are swapped.",
)
SESSION_TWICE = Code(
    "session_twice",
    "error",
    "the session {date}{ticker:of} is already on line {line}",
    "Keep one of the two rows. Joining two exports often repeats a session.",
)
TICKER_LENGTH = Code(
    "ticker_length",
    "error",
    "expected a ticker of 1 to {limit} characters, found {found:found}",
    "Correct the ticker.",
)
WINDOW_NOT_ASCENDING = Code(
    "window_not_ascending",
    "error",
    "expected the sessions of a window in ascending order, the session to forecast last",
    "Sort the columns.",
)

# Tickers and splits

TOO_FEW_SESSIONS = Code(
    "too_few_sessions",
    "error",
    "{ticker:subject} needs {needed} sessions, got {found}",
    "Add at least {missing} earlier sessions; about {months} months of daily prices are enough.",
)
TICKER_TOO_FEW_SESSIONS = Code(
    "ticker_too_few_sessions",
    "error",
    "{ticker:subject} needs {needed} sessions, got {found}",
    "Add earlier sessions (about {months} months of daily prices for each ticker), or leave this ticker out.",
)
CALENDAR_ENDS = Code(
    "calendar_ends",
    "error",
    "{ticker:subject} ends on {date}; the model knows the calendar of its exchange ({market}) only from {first} to {last}, "
    "and the {horizon} sessions to forecast must be within those dates",
    "Send prices that end within those dates, or train a model on newer data.",
)
TOO_MANY_SPLITS = Code(
    "too_many_splits",
    "error",
    "the ratio of Close to 'Adj Close' changes as at a split on {rows} rows; at most {limit} are read",
    "Correct the column Adj Close, or leave it out.",
)
SPLITS_OVERFLOW = Code(
    "splits_overflow",
    "error",
    "'Adj Close' shows {splits} splits that multiply beyond the range of numbers",
    "Correct the column Adj Close, or leave it out.",
)
