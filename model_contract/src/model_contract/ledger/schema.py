"""The tables of ledger.sqlite."""

DATABASE = "ledger.sqlite"
SCHEMA_VERSION = 1
# In `progress`: the number of missed sessions whose records were removed.
MISSED_BEFORE = "missed sessions that were removed"

# Of `error_sums.Errors`, see `summaries`.
SUMS = """
        forecasts INTEGER NOT NULL,
        absolute REAL NOT NULL, relative REAL NOT NULL, signed REAL NOT NULL, actual REAL NOT NULL,
        naive REAL NOT NULL, har REAL NOT NULL,
        inside_80 INTEGER NOT NULL, inside_95 INTEGER NOT NULL, width_80 REAL NOT NULL"""
SPAN = "first_session TEXT NOT NULL, last_session TEXT NOT NULL"

SCHEMA = (
    """
    CREATE TABLE forecasts (
        row INTEGER PRIMARY KEY, -- 1, 2, 3, …: the order of the chain
        ticker TEXT NOT NULL, market TEXT NOT NULL,
        origin TEXT NOT NULL, session TEXT NOT NULL, step INTEGER NOT NULL, opens_at TEXT NOT NULL,
        volume REAL NOT NULL, lower_80 REAL NOT NULL, upper_80 REAL NOT NULL,
        lower_95 REAL NOT NULL, upper_95 REAL NOT NULL,
        usual REAL NOT NULL, naive REAL NOT NULL, har REAL NOT NULL,
        calendar TEXT NOT NULL, model TEXT NOT NULL, role TEXT NOT NULL,
        inputs BLOB NOT NULL CHECK (length(inputs) = 32), written_at TEXT NOT NULL,
        hash BLOB NOT NULL
    ) STRICT""",
    "CREATE UNIQUE INDEX forecasts_once ON forecasts (ticker, origin, step, role)",
    "CREATE INDEX forecasts_by_session ON forecasts (session, step)",
    # The end of each part of the chain that was removed: its last row, and its last session.
    """
    CREATE TABLE cuts (
        row INTEGER PRIMARY KEY, hash BLOB NOT NULL, session TEXT NOT NULL, cut_at TEXT NOT NULL
    ) STRICT""",
    # Against mistakes. The chain shows what somebody does on purpose.
    """
    CREATE TRIGGER forecasts_never_change BEFORE UPDATE ON forecasts
    BEGIN SELECT RAISE(ABORT, 'a forecast in the ledger never changes'); END""",
    """
    CREATE TRIGGER forecasts_stay BEFORE DELETE ON forecasts
    WHEN OLD.row > (SELECT coalesce(max(row), 0) FROM cuts)
    BEGIN SELECT RAISE(ABORT, 'a forecast stays in the ledger'); END""",
    """
    CREATE TRIGGER cuts_are_rows BEFORE INSERT ON cuts
    WHEN NOT EXISTS (SELECT 1 FROM forecasts WHERE row = NEW.row AND hash = NEW.hash)
    BEGIN SELECT RAISE(ABORT, 'a cut in the ledger is at one of its rows'); END""",
    """
    CREATE TRIGGER cuts_never_change BEFORE UPDATE ON cuts
    BEGIN SELECT RAISE(ABORT, 'a cut in the ledger never changes'); END""",
    """
    CREATE TRIGGER cuts_stay BEFORE DELETE ON cuts
    BEGIN SELECT RAISE(ABORT, 'a cut stays in the ledger'); END""",
    """
    CREATE TABLE scores (
        row INTEGER NOT NULL REFERENCES forecasts, -- the forecast
        revision INTEGER NOT NULL, -- 0 for the first volume, 1 for its first correction, …
        actual REAL NOT NULL, source TEXT NOT NULL, scored_at TEXT NOT NULL,
        PRIMARY KEY (row, revision)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX scores_corrected ON scores (row, revision) WHERE revision > 0",
    f"""
    CREATE TABLE daily_errors (
        session TEXT NOT NULL, market TEXT NOT NULL, step INTEGER NOT NULL,
        role TEXT NOT NULL, model TEXT NOT NULL, calendar TEXT NOT NULL, {SUMS},
        PRIMARY KEY (session, market, step, role, model, calendar)
    ) STRICT, WITHOUT ROWID""",
    # The steps of a month are neighbours, so that a night changes few pages.
    f"""
    CREATE TABLE ticker_errors (
        ticker TEXT NOT NULL, month TEXT NOT NULL, step INTEGER NOT NULL,
        role TEXT NOT NULL, model TEXT NOT NULL, market TEXT NOT NULL, {SPAN}, {SUMS},
        PRIMARY KEY (ticker, month, step, role, model, market)
    ) STRICT, WITHOUT ROWID""",
    f"""
    CREATE TABLE calendar_errors (
        ticker TEXT NOT NULL, step INTEGER NOT NULL,
        role TEXT NOT NULL, model TEXT NOT NULL, calendar TEXT NOT NULL, market TEXT NOT NULL,
        {SPAN}, {SUMS},
        PRIMARY KEY (ticker, step, role, model, calendar, market)
    ) STRICT, WITHOUT ROWID""",
    """
    CREATE TABLE paired_errors (
        model TEXT NOT NULL, other TEXT NOT NULL, session TEXT NOT NULL,
        forecasts INTEGER NOT NULL, own REAL NOT NULL, others REAL NOT NULL,
        PRIMARY KEY (model, other, session)
    ) STRICT, WITHOUT ROWID""",
    "CREATE TABLE followed (ticker TEXT PRIMARY KEY, market TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE progress (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE missed (
        ticker TEXT NOT NULL, session TEXT NOT NULL, reason TEXT NOT NULL, noted_at TEXT NOT NULL,
        PRIMARY KEY (ticker, session)
    ) STRICT, WITHOUT ROWID""",
)
