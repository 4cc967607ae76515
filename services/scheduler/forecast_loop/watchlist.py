"""The watch-list: watchlist.yaml, checked on loading."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from forecast_loop.errors import WatchlistError
from model_contract.market_hours import HOURS
from model_contract.prices import MAX_TICKER_CHARACTERS
from model_contract.reading.formats.date_format import ORDERS
from model_contract.reading.interpret.reading import SHARES_PER_UNIT, SIGNS, Choices
from training.params import PublishParams, load_params

WATCHLIST, PARAMS = "watchlist.yaml", "params.yaml"
ALL = "all"
KEYS = (
    *("tickers", "market", "inbox", "schedule", "retrain"),
    *("keep_deliveries_days", "keep_forecasts_days"),
    *("dates", "decimal", "volume", "volume_unit", "sources"),
)
CHOICES: Mapping[str, tuple[str, ...]] = {  # () for any text
    "dates": ORDERS,
    "decimal": tuple(SIGNS),
    "volume": (),
    "volume_unit": tuple(SHARES_PER_UNIT),
}
SCHEDULE = {"delay_minutes": 30, "deadline_minutes": 60}
EVERY, IF_LOST = "every_sessions", "if_skill_is_lost"
MOST_SESSIONS = 1000
KEEP, KEEP_FORECASTS = "keep_deliveries_days", "keep_forecasts_days"
# Volumes that come late or are corrected must find their forecasts: a source on the web is asked
# for a month by default. Nothing else needs more: evidence and errors are kept as sums.
FEWEST_FORECAST_DAYS = 60
SOURCE_KEYS = {"days": 30, "timeout_seconds": 30}
PROVIDERS = ("yfinance",)
MOST_MINUTES, MOST_DAYS, MOST_SECONDS = 24 * 60, 20_000, 600
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True)
class Schedule:
    """When a market's tickers are forecast, relative to its sessions."""

    delay: timedelta  # after the close
    deadline: timedelta  # before the next open


@dataclass(frozen=True)
class Retraining:
    """When a new model is trained."""

    every_sessions: int = 0  # 0: not by time
    if_skill_is_lost: bool = False


@dataclass(frozen=True)
class WebSource:
    """An address on the web to ask for each ticker's prices."""

    name: str
    url: str  # with {ticker}, maybe {from} and {to}
    days: int  # how many days to ask for
    timeout_seconds: float


@dataclass(frozen=True)
class ProviderSource:
    """A provider of prices that a Python package knows."""

    name: str
    provider: str  # one of `PROVIDERS`
    days: int  # how many days to ask for
    timeout_seconds: float


Source = WebSource | ProviderSource


@dataclass(frozen=True)
class Watchlist:
    """What to follow. `tickers` has each ticker's market, or None to find it."""

    tickers: Mapping[str, str | None] | None  # None: all of the price store
    market: str | None  # of tickers without one of their own; None to find it
    candidates: tuple[str, ...]  # the markets to find one among; the first is the default
    inbox: Path
    schedule: Schedule
    choices: Choices = field(default_factory=Choices)
    retraining: Retraining = field(default_factory=Retraining)
    keep_deliveries_days: int = 0  # 0: for ever
    keep_forecasts_days: int = 0  # 0: for ever
    sources: tuple[Source, ...] = ()
    edition: str | None = None  # size and time of the file, to notice that it was edited

    def unknown(self, known: Collection[str]) -> list[str]:
        """Return the listed tickers that aren't known, for example because of a typing error."""
        return sorted(set(self.tickers or ()) - set(known))

    def follows(self, ticker: str) -> bool:
        """Whether a ticker is forecast."""
        return self.tickers is None or ticker in self.tickers

    def market_of(self, ticker: str) -> str | None:
        """Return the market that the list says a ticker has; None if it has to be found."""
        return (self.tickers or {}).get(ticker) or self.market


def load_watchlist(root: Path) -> Watchlist:
    """Read watchlist.yaml, and publish.markets of params.yaml, in the repository's root.

    Raises `WatchlistError`, which lists every problem, or `ParamsError`.
    """
    path = root / WATCHLIST
    values = _read(path)
    problems: list[str] = []
    watchlist = Watchlist(
        _tickers(values.get("tickers", ALL), problems),
        _market("market", values.get("market"), problems),
        tuple(load_params(PublishParams, root / PARAMS).market_codes),
        root / _text("inbox", values.get("inbox", "data/inbox"), problems),
        _schedule(values.get("schedule", {}), problems),
        _choices(values, problems),
        _retraining(values.get("retrain", {}), problems),
        int(_number(KEEP, values.get(KEEP, 0), 0, MOST_DAYS, problems)),
        _forecast_days(values.get(KEEP_FORECASTS, 0), problems),
        _sources(values.get("sources"), problems),
        f"{path.stat().st_size} {path.stat().st_mtime_ns}",
    )
    problems += _unknown("", values, KEYS)
    if problems:
        raise WatchlistError("\n".join(f"{path}: {problem}" for problem in problems))
    return watchlist


def _read(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise WatchlistError(
            f"{path} is missing; restore it with 'git checkout {path.name}'"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise WatchlistError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(values, dict):
        raise WatchlistError(
            f"{path}: expected settings such as 'tickers: all', found {type(values).__name__}; "
            "write one setting on each line"
        )
    return values


def _tickers(value: object, problems: list[str]) -> dict[str, str | None] | None:
    if value == ALL:
        return None
    if not isinstance(value, list) or not value:
        problems.append(
            f"tickers: expected the word 'all' or a list such as '- {{ticker: AAPL}}', "
            f"found {value!r}; write one ticker on each line"
        )
        return None
    found: dict[str, str | None] = {}
    for number, entry in enumerate(value, 1):
        place = f"tickers, entry {number}"
        if not isinstance(entry, dict) or "ticker" not in entry:
            problems.append(f"{place}: expected {{ticker: AAPL, market: XNYS}}, found {entry!r}")
            continue
        problems += _unknown(f"{place}: ", entry, ("ticker", "market"))
        ticker = entry["ticker"]
        if not isinstance(ticker, str) or not 0 < len(ticker.strip()) <= MAX_TICKER_CHARACTERS:
            problems.append(
                f"{place}: ticker: expected text of at most {MAX_TICKER_CHARACTERS} characters, "
                f"found {ticker!r}{_quotes(ticker)}"
            )
            continue
        if ticker in found:
            problems.append(f"{place}: ticker: {ticker} is in the list twice; remove one of them")
        found[ticker] = _market(f"{place}: market", entry.get("market"), problems)
    return found


def _quotes(value: object) -> str:
    """YAML reads NO as false and 0700 as a number."""
    return "; write it in quotes" if isinstance(value, bool | int | float) else ""


def _market(place: str, value: object, problems: list[str]) -> str | None:
    if value is None or value in HOURS:
        return str(value) if value else None
    problems.append(
        f"{place}: expected the ISO 10383 code of an exchange, one of {', '.join(HOURS)}, "
        f"found {value!r}"
    )
    return None


def _text(place: str, value: object, problems: list[str]) -> str:
    if isinstance(value, str) and value.strip():
        return value
    problems.append(f"{place}: expected text, found {value!r}{_quotes(value)}")
    return ""


def _schedule(value: object, problems: list[str]) -> Schedule:
    if not isinstance(value, dict):
        problems.append(f"schedule: expected {' and '.join(SCHEDULE)}, found {value!r}")
        value = {}
    problems += _unknown("schedule: ", value, tuple(SCHEDULE))
    minutes = {
        key: _number(f"schedule: {key}", value.get(key, default), 0, MOST_MINUTES, problems)
        for key, default in SCHEDULE.items()
    }
    return Schedule(*(timedelta(minutes=minutes[key]) for key in SCHEDULE))


def _retraining(value: object, problems: list[str]) -> Retraining:
    if not isinstance(value, dict):
        problems.append(f"retrain: expected {EVERY} and {IF_LOST}, found {value!r}")
        value = {}
    problems += _unknown("retrain: ", value, (EVERY, IF_LOST))
    every = _number(f"retrain: {EVERY}", value.get(EVERY, 0), 0, MOST_SESSIONS, problems)
    lost = value.get(IF_LOST, False)
    if not isinstance(lost, bool):
        problems.append(f"retrain: {IF_LOST}: expected true or false, found {lost!r}")
    return Retraining(int(every), lost is True)


def _number(
    place: str, value: object, low: float, high: float, problems: list[str], whole: bool = True
) -> float:
    kinds = int if whole else int | float
    if isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high:
        return value
    kind = "a whole number" if whole else "a number"
    problems.append(f"{place}: expected {kind} from {low:g} to {high:g}, found {value!r}")
    return low


def _forecast_days(value: object, problems: list[str]) -> int:
    allowed = range(FEWEST_FORECAST_DAYS, MOST_DAYS + 1)
    if isinstance(value, int) and not isinstance(value, bool) and (value == 0 or value in allowed):
        return value
    problems.append(
        f"{KEEP_FORECASTS}: expected 0 (for ever) or a whole number from {FEWEST_FORECAST_DAYS} to "
        f"{MOST_DAYS}, found {value!r}; with fewer, late volumes wouldn't find their forecasts"
    )
    return 0


def _choices(values: Mapping[str, object], problems: list[str]) -> Choices:
    found: dict[str, Any] = {}
    for key, allowed in CHOICES.items():
        value = values.get(key)
        if value is None or (isinstance(value, str) and (value in allowed or not allowed)):
            found[key] = value
            continue
        expected = f"one of {', '.join(allowed)}" if allowed else "the name of a column"
        problems.append(f"{key}: expected {expected}, found {value!r}{_quotes(value)}")
    return Choices(**found)


def _sources(value: object, problems: list[str]) -> tuple[Source, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        problems.append(f"sources: expected a list of addresses or providers, found {value!r}")
        return ()
    found = [
        _source(f"sources, entry {number}: ", entry, problems)
        for number, entry in enumerate(value, 1)
    ]
    names = [one.name for one in found if one]
    problems += [
        f"sources: the name {name} is there twice; rename one of them"
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    return tuple(one for one in found if one)


def _source(place: str, entry: object, problems: list[str]) -> Source | None:
    if not isinstance(entry, dict):
        problems.append(f"{place}expected name, and url or provider, found {entry!r}")
        return None
    problems += _unknown(place, entry, ("name", "url", "provider", *SOURCE_KEYS))
    name = entry.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        problems.append(
            f"{place}name: expected small letters, digits and dashes, such as my-vendor, "
            f"found {name!r}"
        )
        name = ""
    numbers = {**SOURCE_KEYS, **{key: entry[key] for key in SOURCE_KEYS if key in entry}}
    limits = (
        int(_number(f"{place}days", numbers["days"], 1, MOST_DAYS, problems)),
        _number(
            f"{place}timeout_seconds",
            numbers["timeout_seconds"],
            0.1,
            MOST_SECONDS,
            problems,
            False,
        ),
    )
    if ("url" in entry) == ("provider" in entry):
        both = "both" if "url" in entry else "neither"
        problems.append(f"{place}expected url or provider, found {both}; remove or add one")
        return None
    if "provider" in entry:
        return ProviderSource(name, _provider(place, entry["provider"], problems), *limits)
    return WebSource(name, _url(place, entry["url"], problems), *limits)


def _provider(place: str, provider: object, problems: list[str]) -> str:
    if isinstance(provider, str) and provider in PROVIDERS:
        return provider
    problems.append(f"{place}provider: expected {', '.join(PROVIDERS)}, found {provider!r}")
    return ""


def _url(place: str, url: object, problems: list[str]) -> str:
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        problems.append(f"{place}url: expected an http:// or https:// address, found {url!r}")
        return ""
    if "{ticker}" not in url:
        problems.append(f"{place}url: expected {{ticker}} in the address, found {url!r}")
    return url


def _unknown(place: str, values: Mapping[Any, object], allowed: Sequence[str]) -> list[str]:
    return [
        f"{place}{key!r} is unknown; expected {', '.join(allowed)}; correct or remove it"
        for key in values
        if key not in allowed
    ]
