"""Files in the form of many exporters, rebuilt in small (`exported_forms.txt`), are the same."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from model_contract.reading.apply.price_history import read_history
from model_contract.reading.decode.csv_file import read_table

_, *BLOCKS = (
    (Path(__file__).parent / "exported_forms.txt").read_text(encoding="utf-8").split("\n\n=== ")
)
FORMS = {block.split(" |")[0].split("\n")[0]: block for block in BLOCKS}
EPOCH, TAIWAN_EPOCH = date(1970, 1, 1), 1911
MONDAY = date(2024, 1, 8)


class WithComma(float):
    """A number that is written with a decimal comma."""

    def __format__(self, spec: str) -> str:
        return format(float(self), spec or ".2f").translate(str.maketrans(".,", ",."))


def sessions() -> Iterator[dict[str, float | date]]:
    """Yield sessions: their number, day, prices, shares, lots, money and trades."""
    for number in range(60):
        day = MONDAY + timedelta(number // 5 * 7 + number % 5)
        low, shares = 38 + number % 7, 1_234_567 + 70_000 * (number * 7 % 13)
        yield {
            "number": number + 1, "d": day, "roc": day.year - TAIWAN_EPOCH,
            "seconds": (day - EPOCH).days * 86_400,
            "o": low + 0.25, "h": low + 1.75, "l": float(low), "c": low + 1.5, "p": float(low),
            "v": shares, "lots": shares / 100, "thousands": shares / 1000, "n": shares // 321,
            "m": shares * (low + 1.0), "m_thousands": shares * (low + 1) / 1000,
        }  # fmt: skip


def written(name: str) -> bytes:
    """Fill in the rows of a form."""
    head, *lines = FORMS[name].split("\n")
    _, encoding, decimal = (head.split(" | ") + ["utf-8", ""][head.count(" | ") :])[:3]
    at = next(number for number, line in enumerate(lines) if line.startswith("> "))
    rows = []
    for session in sessions():
        values = session
        if decimal == "comma":
            values = {
                key: WithComma(value) if isinstance(value, float) else value
                for key, value in session.items()
            }
        rows.append(lines[at][2:].format(**values))
    return "\r\n".join([*lines[:at], *rows, *lines[at + 1 :]]).encode(encoding)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.usefixtures("both_sizes")
def test_a_form_gives_the_same_history(name):
    prices = read_history(read_table(written(name))).prices
    expected = list(sessions())
    assert prices.session.tolist() == [session["d"] for session in expected]
    for key, column in (("o", "open"), ("h", "high"), ("l", "low"), ("c", "close")):
        assert getattr(prices, column).tolist() == [session[key] for session in expected]
    shares = [session["v"] for session in expected]
    assert prices.volume.tolist() == pytest.approx(shares, rel=1e-12)
