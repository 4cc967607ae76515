"""What the other tickers of the posted file say about their market."""

from collections.abc import Mapping

from model_contract.arrays import FloatArray
from model_contract.model.inputs.market import market_inputs
from model_contract.prices import Prices


def inputs_of_markets(prices: Prices, markets: Mapping[str, str]) -> dict[str, FloatArray]:
    """Return the inputs from a ticker's market, (rows - 1, inputs), by ticker.

    markets   by ticker; a ticker that is the only one of its market is left out
    """
    by_market: dict[str, dict[str, Prices]] = {}
    for name, rows in prices.by_ticker():
        by_market.setdefault(markets[name], {})[name] = rows
    found: dict[str, FloatArray] = {}
    for tickers in by_market.values():
        if len(tickers) > 1:
            found |= zip(tickers, market_inputs(list(tickers.values())), strict=True)
    return found
