"""The columns of the panel that the stages hand on."""

PRICE_COLUMNS = ("open", "high", "low", "close", "volume")
