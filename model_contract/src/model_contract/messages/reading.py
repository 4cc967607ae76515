"""Why a file cannot be used: the errors of a file, its header, its lines and its tickers."""

from model_contract.messages.message import Code

COLUMNS = "Date, Open, High, Low, Close, Volume"

# The file

FILE_EMPTY = Code(
    "file_empty",
    "the file is empty; expected a header line and one row per session",
    "Export the prices again.",
)
FILE_COMPRESSED = Code(
    "file_compressed",
    "the file is compressed ({format})",
    "Unpack the file, then send the CSV in it.",
)
ARCHIVE_BROKEN = Code(
    "archive_broken",
    "the file is damaged, or protected with a password",
    "Save the file again without a password, or send a CSV.",
)
ARCHIVE_TOO_LARGE = Code(
    "archive_too_large",
    "the file contains more than {limit} MB once it is unpacked",
    "Send fewer sessions or fewer tickers, or a CSV.",
)
ARCHIVE_OF_SEVERAL = Code(
    "archive_of_several",
    "the ZIP file contains {count} {count:CSV file|CSV files}; expected one",
    "Unpack the ZIP file, then send the files in it one by one.",
)
PARQUET_CODEC = Code(
    "parquet_codec",
    "the Parquet file is compressed with {codec}; expected snappy or no compression",
    "Write it with snappy, or send a CSV.",
)
SHEET_UNKNOWN = Code(
    "sheet_unknown",
    "the workbook has no sheet named {found:quoted}; its sheets are {sheets:quoted}",
    "Choose one of them with the parameter 'sheet', or leave the parameter out.",
)
WORKBOOK_UNREADABLE = Code(
    "workbook_unreadable",
    "the file looks like a workbook, but it can't be read",
    'Save it as "CSV UTF-8" or as a new workbook (.xlsx), then send that file.',
)
NOT_A_TABLE = Code(
    "not_a_table",
    "not a table: the file looks like {format}",
    "Send daily prices as a CSV or a workbook.",
)
NOT_UTF8 = Code(
    "not_utf8",
    "not UTF-8 text: byte {byte} on line {line:digits}",
    'In Excel, choose "Save as" and the type "CSV UTF-8"; in a text editor, choose the encoding '
    "UTF-8. A byte-order mark is fine.",
)
NUL_BYTE = Code(
    "nul_byte",
    "not text: a NUL byte on line {line:digits}; expected UTF-8 text",
    'Save the file as "CSV UTF-8".',
)
TOO_MANY_LINES = Code(
    "too_many_lines",
    "the file has {lines} lines; at most {limit} rows are allowed",
    "Delete blank lines, or send fewer sessions.",
)
TOO_MANY_ROWS = Code(
    "too_many_rows",
    "the file has {rows} rows; at most {limit} are allowed",
    "Send fewer sessions or fewer tickers.",
)
TOO_MANY_TICKERS = Code(
    "too_many_tickers",
    "the file has {tickers} tickers; at most {limit} are allowed",
    "Send the tickers in several files.",
)
NO_ROWS = Code(
    "no_rows",
    "the file has a header but no rows; expected one row per session",
    "Export the prices again.",
)
NO_USABLE_ROWS = Code(
    "no_usable_rows",
    "no usable rows are left: {empty} without any price or volume, {zero_volume} with zero volume, "
    "{contradictory} with Open or Close outside the Low-High range",
    "Export the prices again.",
)

NO_FINISHED_SESSION = Code(
    "no_finished_session",
    "no session in the file has ended yet; the first one is that of {date}",
    "Send the prices of past sessions.",
)

TICK_VOLUMES_ONLY = Code(
    "tick_volumes_only",
    "the file has no traded volumes, only {column:quoted}, which counts trades or price changes",
    "Export a symbol of an exchange, with real volumes; platforms for currencies and contracts for "
    "difference often have tick volumes only.",
)
ONE_DAY_OF_MANY = Code(
    "one_day_of_many",
    "the file has one day, {date}, of {tickers} tickers; a forecast needs the earlier sessions of "
    "each ticker",
    "Export the history of each ticker, or join the files of all days.",
)

# The header

NO_SEPARATOR = Code(
    "no_separator",
    "not a table: the first line, {line:quoted}, has no commas, semicolons or tabs; expected "
    "column names",
    f"Separate the columns with commas, and name them in the first line: {COLUMNS}.",
)
HEADER_MISSING = Code(
    "header_missing",
    "the first line, {line:quoted}, contains values; expected column names",
    f"Add a first line that names the columns: {COLUMNS}.",
)
TOO_MANY_COLUMNS = Code(
    "too_many_columns",
    "the header has {columns} columns; at most {limit} are allowed",
    f"Keep the columns {COLUMNS}.",
)
COLUMN_TWICE = Code(
    "column_twice", "the header names {name:quoted} more than once", "Keep one of these columns."
)
COLUMN_MISSING = Code(
    "column_missing",
    "not in the header, which has {found:quoted}{more:?, …}; a price history needs {needed}",
    "Export daily prices with all of these columns.",
)
COLUMN_UNKNOWN = Code(
    "column_unknown",
    "no column is named {name:quoted}; found {found:quoted}",
    "Choose one of the file's columns.",
)
WINDOW_COLUMNS_MISSING = Code(
    "window_columns_missing",
    "{count:missing column|missing columns} {columns}{more:?, …} ({count} in all); the model "
    "needs {window} sessions (t-{oldest} to t-0) of {features}: {expected} columns",
    "Export the windows with the features of the model in use.",
)

WINDOWS_WITHOUT_INPUTS = Code(
    "windows_without_inputs",
    "{count:missing column|missing columns} {columns}{more:?, …} ({count} in all): "
    "the windows don't have the inputs of the model in use, as if made for an earlier version",
    "Send the price history instead, or make the windows again: 'make train' writes some to "
    "data/processed/test_for_api.csv.",
)

HEADER_CHANGES = Code(
    "header_changes",
    "other column names start here: {names:quoted}; the columns above have a different order",
    "Send the two tables as separate files.",
)

# Doubts: what the file leaves open

ENCODING_UNKNOWN = Code(
    "encoding_unknown",
    "not {encoding} text: byte {byte} on line {line:digits}",
    "Leave out the parameter 'encoding', or choose another encoding.",
)
DATES_UNCLEAR = Code(
    "dates_unclear",
    "the dates, such as {found:quoted}, can be read in several orders",
    "Choose with the parameter 'dates'.",
)
DECIMALS_UNCLEAR = Code(
    "decimals_unclear",
    "the numbers, such as {found:quoted}, could have decimals or thousands separators",
    "Choose with the parameter 'decimal'.",
)
VOLUME_UNCLEAR = Code(
    "volume_unclear",
    "the traded shares could be in {columns:quoted}",
    "Choose the column with the parameter 'volume'.",
)
VOLUME_UNIT_UNCLEAR = Code(
    "volume_unit_unclear",
    "the volumes, such as {found:quoted}, could be in shares or in lots: the traded money fits "
    "neither, because prices are adjusted or the money has another unit",
    "Choose with the parameter 'volume_unit'.",
)
VOLUME_NOTE_UNKNOWN = Code(
    "volume_note_unknown",
    "the note in the column's name, {column:quoted}, is not a known unit, so the volumes, such as "
    "{found:quoted}, could be in shares, lots, thousands or millions",
    "Choose with the parameter 'volume_unit'.",
)
VOLUME_IS_MONEY = Code(
    "volume_is_money",
    "the column contains traded money; expected the number of traded shares",
    "Export the number of traded shares, too.",
)

# Lines

FIELD_COUNT = Code(
    "field_count",
    "expected {expected} fields as in the header, found {found}",
    "Correct the line, or delete it.",
)
FIELD_COUNT_DECIMAL_COMMA = Code(
    "field_count_decimal_comma",
    "expected {expected} fields as in the header, found {found}; a decimal comma or thousands "
    "comma splits a number in two",
    "If the file has decimal commas, as exports from B3 and spreadsheets do, save it with "
    "semicolons between the columns, or write those numbers with decimal points.",
)
QUOTE_UNCLOSED = Code(
    "quote_unclosed",
    "a field starts with a quotation mark but doesn't end with one on the same line",
    "Close the quotation mark, or delete it.",
)
LINE_TOO_LONG = Code(
    "line_too_long",
    "the line has {characters} characters; at most {limit} are allowed",
    "Check for a missing quotation mark or line break.",
)
FIELD_TOO_LONG = Code(
    "field_too_long",
    "a field is too long; at most {limit} characters are allowed",
    "Shorten the field.",
)

# Tickers and share splits

TOO_FEW_SESSIONS = Code(
    "too_few_sessions",
    "{ticker:subject} needs {needed} sessions, got {found}",
    "Add at least {missing} earlier {missing:session|sessions}; about {months} months of daily "
    "prices are enough.",
)
TICKER_TOO_FEW_SESSIONS = Code(
    "ticker_too_few_sessions",
    "{ticker:subject} needs {needed} sessions, got {found}",
    "Add earlier sessions (about {months} months of daily prices for each ticker), or leave this "
    "ticker out.",
)
MARKET_UNKNOWN = Code(
    "market_unknown",
    "the model has no calendar of the market {found:quoted}; supported: {supported}",
    "Choose one of these markets, or leave the parameter 'market' out.",
)
CALENDAR_ENDS = Code(
    "calendar_ends",
    "{ticker:subject} ends on {date}; the exchange calendar of {market} only covers {first} to "
    "{last}, and the {horizon} sessions to forecast must be within those dates",
    "Send prices that end after {first} and at least {horizon} sessions before {last}, or train a "
    "model on newer data.",
)
TOO_MANY_SPLITS = Code(
    "too_many_splits",
    "on {rows} rows, the ratio of Close to 'Adj Close' changes as it would at a split; at most "
    "{limit} such rows are allowed",
    "Correct the 'Adj Close' column, or leave it out.",
)
SPLITS_OVERFLOW = Code(
    "splits_overflow",
    "'Adj Close' shows {splits} {splits:split|splits} whose combined ratio is too large or "
    "too small",
    "Correct the 'Adj Close' column, or leave it out.",
)
