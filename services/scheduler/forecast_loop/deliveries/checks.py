"""What may be wrong with a delivery that can be read. Every check is a pure function.

A check compares the delivery with the store and with what was last accepted of its series. It
yields objections; a delivery with objections is held until it is accepted or refused.

Every night, some of thousands of tickers are delisted, halted or in the news. So in a delivery of
over 100 tickers, objections to at most 1% of them are only reported.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from forecast_loop.price_store.delivery import Content, Reason
from forecast_loop.price_store.merging import VOLUME, Merge
from forecast_loop.price_store.store import day

MOST_SHORTER, FEWEST_SHORTER = 0.01, 5  # of a ticker's sessions; and more sessions than this
ENDED_DAYS = 7  # a ticker that ended this long before the others has really ended
MOST_REVISED, LARGE_REVISION = 0.01, 0.5  # share of the rows; of their volume
MOST_LISTED = 10  # tickers in a sentence
FEW = 0.01  # of the tickers


@dataclass(frozen=True)
class Comparison:
    """A delivery, and what the store knew before it; mappings are by ticker.

    contents      of the delivery; a ticker whose rows were all left out has 0 sessions
    markets       of all tickers, in the delivery and in the store
    known_last    the last session in the store, in days since 1970
    previous      contents of what was last accepted of the series; None if nothing was
    followed      the tickers of the watch-list that the store knows
    """

    merges: Mapping[str, Merge]
    contents: Mapping[str, Content]
    markets: Mapping[str, str]
    known_last: Mapping[str, int]
    previous: Mapping[str, Content] | None = None
    followed: frozenset[str] = frozenset()
    is_cut_off: bool = False
    newest: dict[str, int] = field(default_factory=dict)  # by market

    def __post_init__(self) -> None:
        for ticker, content in self.contents.items():
            market = self.markets.get(ticker, "")
            self.newest[market] = max(content.last, self.newest.get(market, content.last))

    def has_ended(self, ticker: str) -> bool:
        """Whether the ticker ended a week or more before the delivery's newest session."""
        newest = self.newest.get(self.markets.get(ticker, ""))
        last = self.known_last.get(ticker)
        return newest is not None and last is not None and last <= newest - ENDED_DAYS


def objections(one: Comparison) -> list[Reason]:
    """Return all objections but those to volumes, which `volume_check` has."""
    checks = (tickers_missing, history_shorter, goes_back, ends_differ, revises_much, file_cut_off)
    return [reason for check in checks for reason in check(one)]


def tickers_missing(one: Comparison) -> Iterator[Reason]:
    """Object if tickers are missing.

    They were in what was last accepted of the series. For the first delivery of a series, if it has
    several tickers, they are the followed ones of its markets. Tickers that have ended may miss.
    """
    if one.previous is not None:
        expected = set(one.previous)
    elif len(one.contents) > 1:
        expected = {name for name in one.followed if one.markets.get(name) in one.newest}
    else:
        return
    missing = sorted(name for name in expected - set(one.contents) if not one.has_ended(name))
    if missing:
        source = "the last accepted delivery" if one.previous is not None else "the price store"
        yield Reason(
            "tickers_missing",
            f"{_count(missing, 'ticker')} of {source} {_are(missing)} missing: {listed(missing)}",
            holds=are_many(missing, len(expected)),
        )


def history_shorter(one: Comparison) -> Iterator[Reason]:
    """Object if a ticker has over 1% and over 5 sessions fewer than in the delivery before.

    A file by date, which begins after the delivery before, may have fewer.
    """
    shorter = []
    for ticker, before in (one.previous or {}).items():
        now = one.contents.get(ticker)
        if now is None or now.first > before.last:
            continue
        if before.sessions - now.sessions > max(MOST_SHORTER * before.sessions, FEWEST_SHORTER):
            shorter.append(f"{ticker} has {now.sessions:,} sessions instead of {before.sessions:,}")
    if shorter:
        yield Reason(
            "history_shorter",
            f"{_count(shorter, 'ticker')} {_have(shorter)} fewer sessions than in the last "
            f"accepted delivery: {listed(shorter)}",
            holds=are_many(shorter, len(one.contents)),
        )


def goes_back(one: Comparison) -> Iterator[Reason]:
    """Object if a delivery that ends before the store's sessions changes rows of it.

    A late file, which only fills a gap, changes none.
    """
    revised = {name: int(merge.revised.sum()) for name, merge in one.merges.items()}
    known = [one.known_last[name] for name in one.merges if name in one.known_last]
    if not known or not one.contents or not any(revised.values()):
        return
    newest, stored = max(content.last for content in one.contents.values()), max(known)
    if newest < stored:
        yield Reason(
            "goes_back",
            f"The newest session is {day(newest)}, but the price store already has {day(stored)}; "
            f"the delivery would change {sum(revised.values()):,} older rows",
        )


def ends_differ(one: Comparison) -> Iterator[Reason]:
    """Object if a ticker ends before the others of its market, although it was alive with them.

    It wasn't if it ended a week before, or if it already ended before the others in the last
    accepted delivery of the series.
    """
    before = _newest(one.previous or {}, one.markets)
    early = []
    for ticker, content in sorted(one.contents.items()):
        newest = one.newest[one.markets.get(ticker, "")]
        if content.last == newest or one.has_ended(ticker):
            continue
        known = (one.previous or {}).get(ticker)
        if known and known.last < before[one.markets.get(ticker, "")]:
            continue
        early.append(f"{ticker} ends on {day(content.last)}, others on {day(newest)}")
    if early:
        yield Reason(
            "ends_differ",
            f"{_count(early, 'ticker')} {'ends' if len(early) == 1 else 'end'} before the others "
            f"of the same market: {listed(early)}",
            holds=are_many(early, len(one.contents)),
        )


def revises_much(one: Comparison) -> Iterator[Reason]:
    """Object if over 1% of the rows that the store has get a volume that differs by over 50%.

    A row whose turnover stays the same was restated for a split.
    """
    repeated = revised = 0
    examples = []
    for ticker, merge in sorted(one.merges.items()):
        known = ~merge.new
        old, new = merge.before[known], merge.bars.ohlcv[known]
        large = np.abs(new[:, VOLUME] / old[:, VOLUME] - 1) > LARGE_REVISION
        large &= ~merge.restated[known]
        repeated, revised = repeated + len(new), revised + int(large.sum())
        if large.any():
            row = int(np.flatnonzero(large)[-1])
            session = day(int(merge.bars.session[known][row]))
            examples.append(
                f"{ticker} on {session} from {old[row, VOLUME]:,.0f} to {new[row, VOLUME]:,.0f}"
            )
    if revised > MOST_REVISED * repeated:
        yield Reason(
            "revises_much",
            f"{revised:,} of {repeated:,} rows that the price store has get a volume that differs "
            f"by more than {LARGE_REVISION:.0%}: {listed(examples)}",
        )


def file_cut_off(one: Comparison) -> Iterator[Reason]:
    """Object if the file ends within a line, so its last volume may lack digits."""
    if one.is_cut_off:
        yield Reason(
            "file_cut_off",
            "The file ends without a line end, and its last volume is unusually low: it may have "
            "been cut off",
        )


def _newest(contents: Mapping[str, Content], markets: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for ticker, content in contents.items():
        market = markets.get(ticker, "")
        found[market] = max(found[market], content.last)
    return found


def _count(found: Sequence[str], noun: str) -> str:
    return f"{len(found):,} {noun}{'' if len(found) == 1 else 's'}"


def _are(found: Sequence[str]) -> str:
    return "is" if len(found) == 1 else "are"


def _have(found: Sequence[str]) -> str:
    return "has" if len(found) == 1 else "have"


def are_many(found: Sequence[object], tickers: int) -> bool:
    """Whether objections are to more than a few of a delivery's tickers."""
    return len(found) > FEW * tickers


def listed(found: Sequence[str]) -> str:
    """Join the first ten texts; count the others."""
    more = len(found) - MOST_LISTED
    return "; ".join(found[:MOST_LISTED]) + (f"; and {more:,} more" if more > 0 else "")
