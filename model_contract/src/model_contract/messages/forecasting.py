"""Warnings and notes about a forecast.

A warning is a reason to treat the forecast with caution; a note says what was done with the file.
"""

from model_contract.messages.message import Code

CALENDAR = "the exchange calendar of {market}"
SPARSE = "The history{ticker:of} has a usable row only about every {sessions} sessions"
LINES = "{count:line|lines} {lines:digits}{more:?, …}"
NOT_DAILY = (
    "The model only knows daily volumes, so these forecasts are not valid: send daily prices."
)

ROWS_SPARSE = Code("rows_sparse", f"{SPARSE}. {NOT_DAILY}", severity="warning")
ROWS_WEEKLY = Code("rows_weekly", f"{SPARSE}, like weekly data. {NOT_DAILY}", severity="warning")
ROWS_MONTHLY = Code("rows_monthly", f"{SPARSE}, like monthly data. {NOT_DAILY}", severity="warning")
ROWS_SPARSE_TOTAL = Code(
    "rows_sparse_total", "In all, {count} tickers have no daily rows.", severity="warning"
)
HISTORY_OUTSIDE_TRAINING = Code(
    "history_outside_training",
    "The last sessions of {tickers:quoted}{more:?, …} contain values far outside the range of the "
    "training data ({count} of {windows} {windows:window|windows}): "
    "treat the forecast with caution.",
    severity="warning",
)
FILE_OUTSIDE_TRAINING = Code(
    "file_outside_training",
    "The last sessions of the file contain values far outside the range of the training data: "
    "treat the forecast with caution.",
    severity="warning",
)
WINDOWS_OUTSIDE_TRAINING = Code(
    "windows_outside_training",
    "{count} of {windows} {windows:window|windows} {count:contains|contain} values far outside "
    "the range of the training data: treat the forecast with caution.",
    severity="warning",
)
MARKET_OTHER = Code(
    "market_other",
    "The sessions and holidays of {market} were used. The model learned the effects of holidays, "
    "half days and expiries from data of {trained}.",
    severity="note",
)
DATES_NOT_SESSIONS = Code(
    "dates_not_sessions",
    f"{{count}} of the file's {{dates}} dates {{count:is not a session|are not sessions}} in "
    f"{CALENDAR}. If the data is from another exchange, holidays, half days and expiries may be "
    "wrong in the forecast: choose the exchange with the parameter 'market', or train a model for "
    "it (README, 'Your data and your market').",
    severity="warning",
)
DATES_OUTSIDE_CALENDAR = Code(
    "dates_outside_calendar",
    f"{{count}} of the file's {{dates}} dates {{count:is|are}} outside {CALENDAR}, "
    "which covers {first} to {last}. Each is treated as an average session.",
    severity="warning",
)
TARGETS_OUTSIDE_CALENDAR = Code(
    "targets_outside_calendar",
    f"{{count}} of the {{sessions}} sessions to forecast {{count:is|are}} outside "
    f"{CALENDAR}, which covers {{first}} to {{last}}. "
    "Each is treated as an average session.",
    severity="warning",
)
SESSIONS_MISSING = Code(
    "sessions_missing",
    f"The history{{ticker:of}} lacks {{count}} of the {{sessions}} sessions in {CALENDAR} "
    "between its first and last dates: {dates}{more:?, …}. The others are treated as consecutive.",
    severity="warning",
)
SESSIONS_MISSING_TOTAL = Code(
    "sessions_missing_total",
    f"In all, {{count}} tickers lack sessions that are in {CALENDAR}.",
    severity="warning",
)
SESSION_UNFINISHED = Code(
    "session_unfinished",
    "Left out {count} {count:row|rows} from {date} on: that session has not ended yet, so its "
    "volume is incomplete (the last session that has ended is that of {closed} or an earlier one). "
    "The forecast starts there.",
    severity="warning",
)
QUOTES_LEFT_OUT = Code(
    "quotes_left_out",
    f"Left out {{count}} last {{count:row|rows}} with a time of day, unlike the rows above: that "
    "is the latest quote, whose volume is that of an unfinished session "
    f"({LINES}). The forecast starts there.",
    severity="warning",
)
LAST_TIME_DIFFERS = Code(
    "last_time_differs",
    "{count} last {count:row has|rows have} another time of day than the rows above "
    f"({LINES}). If that session had not ended yet, delete the row.",
    severity="warning",
)
LAST_VOLUME_SMALL = Code(
    "last_volume_small",
    "The last volume of {count} {count:ticker|tickers} is less than a seventh of what is usual: "
    "{tickers:quoted}{more:?, …}. The session may be unfinished, or the file cut off. If the "
    "volume is wrong, so is the forecast.",
    severity="warning",
)
FILE_LAST_VOLUME_SMALL = Code(
    "file_last_volume_small",
    "The last volume of the file is less than a seventh of what is usual. The session may be "
    "unfinished, or the file cut off. If the volume is wrong, so is the forecast.",
    severity="warning",
)
FILE_CUT_OFF = Code(
    "file_cut_off",
    "The last line of the file has no line end, and its volume has fewer digits than usual, so the "
    "file may be cut off. If the volume is wrong, so is the forecast.",
    severity="warning",
)
TICKERS_END_EARLY = Code(
    "tickers_end_early",
    "{count} {count:ticker ends|tickers end} before the others: {tickers:quoted}{more:?, …}. "
    "Their forecasts are for earlier sessions.",
    severity="warning",
)
LAST_ROWS_DROPPED = Code(
    "last_rows_dropped",
    "The forecast{ticker:of} starts after {last_date}, the last date in the file, but that "
    "row was dropped; the last usable row is from {last_read}. To forecast from {last_read}, "
    "delete the rows after it.",
    severity="warning",
)
LAST_ROWS_DROPPED_TOTAL = Code(
    "last_rows_dropped_total", "In all, {count} tickers end with dropped rows.", severity="warning"
)
VOLUMES_FRACTIONAL = Code(
    "volumes_fractional",
    "Many of the volumes are not whole numbers, so they are probably in thousands or millions, "
    "or adjusted for splits. They were counted as shares: otherwise, choose the volume_unit.",
    severity="warning",
)
VOLUME_UNIT_NOTED = Code(
    "volume_unit_noted",
    "The file says {text:quoted}, but its volumes were counted as shares. If they are in thousands "
    "or millions, choose the volume_unit.",
    severity="warning",
)
VOLUMES_ROUNDED = Code(
    "volumes_rounded",
    "The volumes are written like {found}, so their last digits are lost. Spreadsheets export what "
    "they show: format the column as whole numbers before you export it.",
    severity="warning",
)
SPLIT_SUSPECTED = Code(
    "split_suspected",
    "The price change{ticker:of} on {date} looks like an unadjusted {new}:{old} split. "
    "If it is one, choose splits=restate, or send adjusted prices.",
    severity="warning",
)
SPLITS_SUSPECTED_TOTAL = Code(
    "splits_suspected_total",
    "In all, {count} price changes look like unadjusted splits.",
    severity="warning",
)
TICKERS_TOO_SHORT = Code(
    "tickers_too_short",
    "Left out {count} {count:ticker|tickers} with fewer than the {needed} sessions that a forecast "
    "needs: {tickers:quoted}{more:?, …}.",
    severity="warning",
)
TICKERS_OUTSIDE_CALENDAR = Code(
    "tickers_outside_calendar",
    "Left out {count} {count:ticker|tickers} whose next sessions are outside "
    f"{CALENDAR}, which covers {{first}} to {{last}}: {{tickers:quoted}}{{more:?, …}}.",
    severity="warning",
)
TRACK_RECORD_IN_SAMPLE = Code(
    "track_record_in_sample",
    "{count} of the {sessions} sessions in the track record{ticker:of} {count:is|are} before "
    "{test_from}, the start of the model's test period. If the model learned from them, the track "
    "record is too optimistic.",
    severity="warning",
)

SPLIT_RESTATED = Code(
    "split_restated",
    "Restated for the {new}:{old} split{ticker:of} on {date}: earlier prices were "
    "divided by {ratio}, and earlier volumes were multiplied by it.",
    severity="note",
)
SPLIT_RESTATED_IN_PRICES = Code(
    "split_restated_in_prices",
    "Restated for the {new}:{old} split{ticker:of} on {date}: earlier prices were "
    "divided by {ratio}. Earlier volumes were left as they are: they count as today's "
    "shares.",
    severity="note",
)
SPLITS_RESTATED_TOTAL = Code(
    "splits_restated_total", "In all, the history was restated for {count} splits.", severity="note"
)
ROWS_DROPPED_EMPTY = Code(
    "rows_dropped_empty",
    f"Dropped {{count}} {{count:row|rows}} without any price or volume: {LINES}.",
    severity="note",
)
ROWS_DROPPED_ZERO_VOLUME = Code(
    "rows_dropped_zero_volume",
    f"Dropped {{count}} {{count:row|rows}} with zero volume (no trading): {LINES}.",
    severity="note",
)
ROWS_DROPPED_CONTRADICTORY = Code(
    "rows_dropped_contradictory",
    f"Dropped {{count}} {{count:row|rows}} with Open or Close outside the Low-High range: {LINES}.",
    severity="note",
)
ROWS_DROPPED_UNREADABLE = Code(
    "rows_dropped_unreadable",
    f"Dropped {{count}} {{count:row|rows}} that could not be read: {LINES}.",
    severity="warning",
)
ROWS_DROPPED_IMPOSSIBLE = Code(
    "rows_dropped_impossible",
    f"Dropped {{count}} {{count:row|rows}} with missing or impossible values: {LINES}.",
    severity="warning",
)
ROWS_DROPPED_REPEATED = Code(
    "rows_dropped_repeated",
    f"Dropped {{count}} {{count:row|rows}} for a session that is in the file twice: {LINES}.",
    severity="warning",
)
ROWS_SORTED = Code(
    "rows_sorted",
    "The rows were not sorted by ticker and date, so they were sorted.",
    severity="note",
)
COLUMNS_IGNORED = Code(
    "columns_ignored",
    "Ignored {count} {count:column|columns} that the forecast does not use: "
    "{columns:quoted}{more:?, …}.",
    severity="note",
)
SHEETS_IGNORED = Code(
    "sheets_ignored",
    "Read only the sheet {sheet:quoted}. {count} other {count:sheet has|sheets have} prices, too: "
    "{sheets:quoted}{more:?, …}. Choose one with the parameter 'sheet'.",
    severity="warning",
)
WINDOW_COLUMNS_IGNORED = Code(
    "window_columns_ignored",
    "Ignored {count} {count:column|columns} that the window does not use: "
    "{columns:quoted}{more:?, …}.",
    severity="note",
)
WINDOWS_OF_ANOTHER_MODEL = Code(
    "windows_of_another_model",
    "{count} of the {windows} windows {count:was|were} made for another model: the column "
    "'Calendar effects' isn't {expected}. The inputs and the forecasts may be a little off. "
    "Make the windows again, or send the price history.",
    severity="warning",
)
HISTORY_SHORT = Code(
    "history_short",
    "The shortest history has {sessions} sessions. With {needed} (two years) or more, the forecast "
    "would know more of the ticker's usual volume, its quarterly reports and its own calendar.",
    severity="note",
)
POINTS_REDUCED = Code(
    "points_reduced",
    "Listed {listed} instead of {points} past forecasts for each ticker: "
    "a response lists at most {limit} in all.",
    severity="note",
)
TRACK_RECORD_IMPOSSIBLE = Code(
    "track_record_impossible",
    "No track record{ticker:of}: a volume is outside the possible range.",
    severity="warning",
)
