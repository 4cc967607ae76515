"""The ledger: forecasts made before a session, and their scores after it; see `forecast_row`."""
