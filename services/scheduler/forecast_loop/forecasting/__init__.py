"""Forecasts by the served model."""
