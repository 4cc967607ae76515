"""watchlist.yaml: its defaults, and the errors that say what to correct."""

from datetime import timedelta

import pytest

from forecast_loop.errors import WatchlistError
from forecast_loop.watchlist import ProviderSource, load_watchlist


@pytest.fixture
def load(tmp_path, repository):
    (tmp_path / "params.yaml").write_text((repository / "params.yaml").read_text())

    def load(text: str):
        (tmp_path / "watchlist.yaml").write_text(text)
        return load_watchlist(tmp_path)

    return load


def test_the_repository_s_watchlist_follows_every_ticker(repository):
    found = load_watchlist(repository)
    assert found.follows("ANY")
    assert found.market_of("ANY") is None
    assert found.candidates[0] == "XNYS"
    assert found.inbox == repository / "data/inbox"
    assert found.schedule.delay == timedelta(minutes=30)
    assert found.sources == ()


def test_every_setting_of_the_comments_can_be_used(repository, load):
    lines = (repository / "watchlist.yaml").read_text().splitlines()
    settings = [
        line.removeprefix("# ") for line in lines if line.startswith(("# market", "# dates:"))
    ]
    assert settings == ["market: XNYS", "dates: day-first       # or month-first, …"]
    at = lines.index("# sources:")
    sources = [line.removeprefix("# ") for line in lines[at:]]
    address, provider = load("\n".join(settings + sources)).sources
    assert (address.name, address.days) == ("example", 30)
    assert provider == ProviderSource("yahoo", "yfinance", 30, 30)


def test_a_ticker_s_own_market_comes_before_the_default(load):
    found = load("market: XLON\ntickers: [{ticker: AAPL, market: XNYS}, {ticker: BP}]")
    assert [found.market_of(name) for name in ("AAPL", "BP", "X")] == ["XNYS", "XLON", "XLON"]
    assert found.follows("BP")
    assert not found.follows("X")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tickers: [{ticker: NO, marke: XNYS}]", "'marke' is unknown; expected ticker, market"),
        ("tickers: [{ticker: NO}]", "found False; write it in quotes"),
        ("tickers: [{ticker: '7203', market: XTYO}]", "expected the ISO 10383 code"),
        ("tickers: [{ticker: A}, {ticker: A}]", "A is in the list twice"),
        ("tickers: []", "expected the word 'all' or a list"),
        ("ticker: all", "'ticker' is unknown; expected tickers, market, inbox"),
        ("schedule: {delay_minutes: 1.5}", "expected a whole number from 0 to 1440, found 1.5"),
        ("keep_forecasts_days: 59", "keep_forecasts_days: expected 0 (for ever) or a whole number"),
        ("keep_forecasts_days: yes", "from 60 to 20000, found True"),
        ("dates: dmy", "dates: expected one of"),
        ("sources: [{name: a, url: 'file:///{ticker}'}]", "expected an http:// or https://"),
        ("sources: [{name: a, url: 'https://x'}]", "expected {ticker} in the address"),
        ("sources: [{name: A b, url: 'https://x/{ticker}'}]", "small letters, digits and dashes"),
        ("sources: [{name: a}]", "expected url or provider, found neither; remove or add one"),
        (
            "sources: [{name: a, url: 'https://x/{ticker}', provider: yfinance}]",
            "expected url or provider, found both",
        ),
        ("sources: [{name: a, provider: yahoo}]", "provider: expected yfinance, found 'yahoo'"),
        (
            "sources: [{name: a, provider: yfinance, day: 3}]",
            "'day' is unknown; expected name, url",
        ),
        ("sources: [{name: a, provider: yfinance, days: 0}]", "days: expected a whole number from"),
        ("sources: yfinance", "expected a list of addresses or providers, found 'yfinance'"),
        ("- all", "expected settings such as 'tickers: all', found list"),
        ("tickers: [", "is not valid YAML"),
    ],
)
def test_a_wrong_setting_is_reported_with_its_correction(load, text, problem):
    with pytest.raises(WatchlistError) as error:
        load(text)
    assert problem in str(error.value)
    assert "watchlist.yaml" in str(error.value)


def test_all_problems_are_reported_at_once(load):
    with pytest.raises(WatchlistError) as error:
        load("market: X\ninbox: 3\nvolume_unit: kilos\nunknown: 1")
    assert len(str(error.value).splitlines()) == 4
