"""What the name of a delivery's file says: its ticker and its series; and how it is shown."""

import re
from collections.abc import Collection
from pathlib import PurePath

# At the end of a name: 2013-03-01, 20130301, 2013_03_01.
TRAILING_DATE = re.compile(r"[-_. (]*(?:19|20)[0-9]{2}[-_.]?[0-9]{2}[-_.]?[0-9]{2}\)?$")
WEB = "web:"  # begins the source of a delivery from the web
DIGITS = re.compile(r"[0-9]+")


def printable(text: str) -> str:
    """Return a text with its control characters escaped.

    A newline in a file's name would look like the start of another line of the log.
    """
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def ticker_of_name(name: str) -> str:
    """Return the ticker of a file without a column of tickers: AAPL for AAPL-2013-03-01.csv."""
    stem = PurePath(name).stem
    return (TRAILING_DATE.sub("", stem) or stem).upper()


def series_of(name: str, tickers: Collection[str] = (), source: str = "") -> str:
    """Return the series of a file: its name without digits.

    source    where it comes from; each one on the web has series of its own, because its files
              have fewer days than a whole history with the same name

    So prices-2013-03-01.csv and prices-2013-03-04.csv are deliveries of one series, and the newer
    one replaces the older. If the file has a single ticker, whose digits are in the name, they are
    kept: PETR3.csv and PETR4.csv are two series.
    """
    lower, place = PurePath(name).name.lower(), f"{source}/" if source.startswith(WEB) else ""
    if len(tickers) == 1:
        (ticker,) = tickers
        before, found, after = lower.partition(ticker.lower())
        if found and ticker:
            return place + DIGITS.sub("", before) + found + DIGITS.sub("", after)
    return place + DIGITS.sub("", lower)
