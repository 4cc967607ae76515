import pytest

from model_contract.reading.apply.price_history import read_history
from model_contract.reading.decode.csv_file import read_table

pytestmark = pytest.mark.usefixtures("both_sizes")

FIRST = "00COTAHIST.2024BOVESPA 20240110".ljust(245)
LAST = "99COTAHIST.2024BOVESPA 2024011000000000004".ljust(245)


def quotation(
    day: str,
    ticker: str = "PETR4",
    market: str = "010",
    prices: tuple[int, int, int, int] = (3800, 3900, 3750, 3815),
    shares: int = 30_182_600,
    lot: int = 1,
) -> str:
    """One line of 245 characters; prices (open, high, low, close) in cents per lot."""
    opened, high, low, close = (f"{price:013d}" for price in prices)
    mean = f"{sum(prices) // 4:013d}"
    money = f"{shares * prices[3] // lot:018d}"
    return (
        f"01{day}02{ticker:<12}{market}PETROBRAS   PN      N2   R$  "
        f"{opened}{high}{low}{mean}{close}{close}{close}00042{shares:018d}{money}"
        f"{0:013d}000000000{lot:07d}{0:013d}BRPETRACNPR6180"
    )


def file_of(*lines: str) -> bytes:
    return "\r\n".join([FIRST, *lines, LAST]).encode() + b"\r\n"


def test_a_quotation_has_245_characters():
    assert len(quotation("20240108")) == 245


def test_quotations_become_prices_per_share_and_traded_shares():
    history = read_history(read_table(file_of(quotation("20240108"), quotation("20240109"))))
    prices = history.prices
    assert prices.ticker.tolist() == ["PETR4", "PETR4"]
    assert prices.session.astype(str).tolist() == ["2024-01-08", "2024-01-09"]
    assert prices.open.tolist() == [38, 38]
    assert prices.high.tolist() == [39, 39]
    assert prices.low.tolist() == [37.5, 37.5]
    assert prices.close.tolist() == [38.15, 38.15]
    assert prices.volume.tolist() == [30_182_600, 30_182_600]
    assert prices.line.tolist() == [2, 3]
    assert history.warnings == []


def test_prices_of_a_lot_are_divided_by_its_shares():
    data = file_of(quotation("20240108", prices=(38000, 39000, 37500, 38150), lot=1000))
    assert read_history(read_table(data)).prices.close.tolist() == [0.3815]


@pytest.mark.parametrize("market", ["012", "020", "030", "070", "080"])
def test_other_markets_than_the_cash_market_are_left_out(market):
    data = file_of(quotation("20240108"), quotation("20240108", market=market, prices=(1, 1, 1, 1)))
    assert read_history(read_table(data)).prices.close.tolist() == [38.15]


def test_several_tickers_are_kept_apart():
    lines = [quotation("20240108", ticker) for ticker in ("PETR4", "VALE3")]
    history = read_history(read_table(file_of(*lines)))
    assert history.prices.ticker.tolist() == ["PETR4", "VALE3"]


def test_a_damaged_quotation_is_refused_with_its_line():
    damaged = quotation("20240109").replace("0000000003815", "00000000038x5")
    days = [quotation(f"202401{day:02d}") for day in range(10, 29)]
    history = read_history(read_table(file_of(damaged, *days)))
    assert history.dropped == {"unreadable": [2]}
