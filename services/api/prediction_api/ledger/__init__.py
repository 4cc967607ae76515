"""The ledger of forecasts and its scorecard."""
