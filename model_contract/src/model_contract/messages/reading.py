"""Why a CSV cannot be used: the errors of a file, its header, its lines and its tickers."""

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
    "not a CSV: the file is compressed ({format})",
    "Unpack the file, then send the CSV in it.",
)
EXCEL_WORKBOOK = Code(
    "excel_workbook",
    "not a CSV: the file looks like an Excel workbook",
    'In Excel, choose "Save as" and the type "CSV UTF-8", then send that file.',
)
NOT_CSV = Code("not_csv", "not a CSV: the file looks like {format}", "Send daily prices as a CSV.")
NOT_UTF8 = Code(
    "not_utf8",
    "not UTF-8 text: byte {byte} on line {line:digits}",
    'In Excel, choose "Save as" and the type "CSV UTF-8"; in a text editor, choose the encoding '
    "UTF-8. A byte-order mark is fine.",
)
NUL_BYTE = Code(
    "nul_byte",
    "not a CSV: a NUL byte on line {line:digits}; expected UTF-8 text",
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

# The header

NO_SEPARATOR = Code(
    "no_separator",
    "not a CSV: the first line, {line:quoted}, has neither commas nor semicolons; expected column "
    "names",
    f"Separate the columns with commas, and name them in the first line: {COLUMNS}.",
)
TABS = Code(
    "tabs",
    "the columns are separated by tabs; expected commas or semicolons",
    "Save the file as CSV, or copy the table and paste it on the page, which accepts tabs.",
)
HEADER_MISSING = Code(
    "header_missing",
    "the first line, {line:quoted}, contains values; expected column names",
    f"Add a first line that names the columns: {COLUMNS}.",
)
HEADER_NOT_FIRST = Code(
    "header_not_first",
    "the column names are on line {header_line:digits}, not in the first line, {line:quoted}",
    "Delete the lines above the column names.",
)
HEADER_YFINANCE = Code(
    "header_yfinance",
    "the file has the three header lines that yfinance writes; expected one",
    "Download one ticker per file with multi_level_index=False. If the file has one ticker, "
    "you can also delete the second and third lines and rename Price to Date in the first.",
)
TOO_MANY_COLUMNS = Code(
    "too_many_columns",
    "the header has {columns} columns; at most {limit} are allowed",
    f"Keep the columns {COLUMNS}.",
)
COLUMN_TWICE = Code(
    "column_twice", "the header names {name:quoted} more than once", "Keep one of these columns."
)
COLUMNS_EQUIVALENT = Code(
    "columns_equivalent",
    "{one:quoted} and {other:quoted} mean the same thing",
    "Keep one of these columns.",
)
COLUMN_MISSING = Code(
    "column_missing",
    "not in the header, which has {found:quoted}{more:?, …}; a price history needs {needed}",
    "Export daily prices with all of these columns.",
)
COLUMN_RENAMED = Code(
    "column_renamed",
    "not in the header, which has {written:quoted} instead",
    "Rename {written:quoted} to {name} in the first line.",
)
WINDOW_COLUMNS_MISSING = Code(
    "window_columns_missing",
    "{count:missing column|missing columns} {columns}{more:?, …} ({count} in all); the model "
    "needs {window} sessions (t-{oldest} to t-0) of {features}: {expected} columns",
    "Export the windows with the features of the model in use.",
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
CALENDAR_ENDS = Code(
    "calendar_ends",
    "{ticker:subject} ends on {date}; the model's exchange calendar ({market}) only covers {first} "
    "to {last}, and the {horizon} sessions to forecast must be within those dates",
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
