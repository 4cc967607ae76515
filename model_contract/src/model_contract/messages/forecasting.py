"""What to know about a forecast.

Warnings limit how far to trust it; notes say what was done with the file.
"""

from model_contract.messages.message import Code

CALENDAR = "the exchange calendar that the model was trained with ({market})"
SPARSE = "The history{ticker:of} has a usable row only about every {sessions} sessions"
LINES = "{count:line|lines} {lines}{more:?, …}"
NOT_DAILY = "The model knows daily volumes, so these forecasts are not valid: send daily prices."

ROWS_SPARSE = Code("rows_sparse", "warning", f"{SPARSE}. {NOT_DAILY}")
ROWS_WEEKLY = Code("rows_weekly", "warning", f"{SPARSE}, like weekly data. {NOT_DAILY}")
ROWS_MONTHLY = Code("rows_monthly", "warning", f"{SPARSE}, like monthly data. {NOT_DAILY}")
ROWS_SPARSE_TOTAL = Code(
    "rows_sparse_total", "warning", "{count} tickers in all have no daily rows."
)
HISTORY_OUTSIDE_TRAINING = Code(
    "history_outside_training",
    "warning",
    "The last sessions of {tickers:quoted}{more:?, …} hold values far outside those of the "
    "training data ({count} of {windows} {windows:window|windows}): "
    "trust the forecast less.",
)
FILE_OUTSIDE_TRAINING = Code(
    "file_outside_training",
    "warning",
    "The last sessions of the file hold values far outside those of the training data: "
    "trust the forecast less.",
)
WINDOWS_OUTSIDE_TRAINING = Code(
    "windows_outside_training",
    "warning",
    "{count} of {windows} {windows:window|windows} {count:holds|hold} values far outside "
    "those of the training data: trust the forecast less.",
)
DATES_NOT_SESSIONS = Code(
    "dates_not_sessions",
    "warning",
    f"{{count}} of the file's {{dates}} dates {{count:is no session|are no sessions}} of "
    f"{CALENDAR}. If the data are from another exchange, holidays, half days and expiries may be "
    "wrong in the forecast: train a model for that exchange "
    "(README, 'Your data and your market').",
)
DATES_OUTSIDE_CALENDAR = Code(
    "dates_outside_calendar",
    "warning",
    f"{{count}} of the file's {{dates}} dates {{count:is|are}} outside {CALENDAR}, "
    "which covers {first} to {last}. Each counts as an average session.",
)
TARGETS_OUTSIDE_CALENDAR = Code(
    "targets_outside_calendar",
    "warning",
    f"{{count}} of the {{sessions}} sessions to forecast {{count:is|are}} unknown to "
    f"{CALENDAR}, which covers {{first}} to {{last}}. "
    "An average session is assumed.",
)
SESSIONS_MISSING = Code(
    "sessions_missing",
    "warning",
    f"The history{{ticker:of}} lacks {{count}} of the {{sessions}} sessions of {CALENDAR} "
    "between its first and its last: {dates}{more:?, …}. The rest is treated as consecutive.",
)
SESSIONS_MISSING_TOTAL = Code(
    "sessions_missing_total", "warning", f"{{count}} tickers in all lack sessions of {CALENDAR}."
)
LAST_ROWS_DROPPED = Code(
    "last_rows_dropped",
    "warning",
    "The forecast{ticker:of} starts after {last_date}, the last date in the file, but that "
    "row was dropped; the last usable row is of {last_read}. To forecast from there, delete the "
    "rows after it.",
)
LAST_ROWS_DROPPED_TOTAL = Code(
    "last_rows_dropped_total", "warning", "{count} tickers in all end with dropped rows."
)
VOLUMES_FRACTIONAL = Code(
    "volumes_fractional",
    "warning",
    "Many of the volumes are not whole numbers, so they are probably in thousands or millions, "
    "or adjusted for splits. The forecasts are in the same unit.",
)
SPLIT_SUSPECTED = Code(
    "split_suspected",
    "warning",
    "The price change{ticker:of} on {date} looks like a {new}:{old} split that is not restated. "
    "Send adjusted prices, or add a column 'Adj Close' that shows the split.",
)
SPLITS_SUSPECTED_TOTAL = Code(
    "splits_suspected_total",
    "warning",
    "{count} price changes in all look like splits that are not restated.",
)
TRACK_RECORD_IN_SAMPLE = Code(
    "track_record_in_sample",
    "warning",
    "{count} of the {sessions} sessions in the track record{ticker:of} {count:is|are} before "
    "{test_from}, where the model's own test begins. If the model learned from them, the track "
    "record is too optimistic.",
)

SPLIT_RESTATED = Code(
    "split_restated",
    "note",
    "Restated for the {new}:{old} split{ticker:of} on {date}: earlier prices divided by "
    "{ratio}, earlier volumes multiplied by it.",
)
SPLITS_RESTATED_TOTAL = Code(
    "splits_restated_total", "note", "{count} splits were restated in all."
)
ROWS_DROPPED_EMPTY = Code(
    "rows_dropped_empty",
    "note",
    f"Dropped {{count}} {{count:row|rows}} without any price or volume: {LINES}.",
)
ROWS_DROPPED_ZERO_VOLUME = Code(
    "rows_dropped_zero_volume",
    "note",
    f"Dropped {{count}} {{count:row|rows}} with zero volume (no trading): {LINES}.",
)
ROWS_DROPPED_CONTRADICTORY = Code(
    "rows_dropped_contradictory",
    "note",
    f"Dropped {{count}} {{count:row|rows}} with Open or Close outside Low to High: {LINES}.",
)
ROWS_SORTED = Code(
    "rows_sorted", "note", "The rows were not in order of ticker and date; they were sorted."
)
COLUMNS_IGNORED = Code(
    "columns_ignored",
    "note",
    "Ignored {count} {count:column|columns} that the forecast does not use: "
    "{columns:quoted}{more:?, …}.",
)
WINDOW_COLUMNS_IGNORED = Code(
    "window_columns_ignored",
    "note",
    "Ignored {count} {count:column|columns} that the window does not use: "
    "{columns:quoted}{more:?, …}.",
)
POINTS_REDUCED = Code(
    "points_reduced",
    "note",
    "Listed {listed} instead of {points} past forecasts for each ticker: "
    "a response lists at most {limit} in all.",
)
TRACK_RECORD_IMPOSSIBLE = Code(
    "track_record_impossible",
    "note",
    "No track record{ticker:of}: a volume is outside the range that shares can have.",
)
