"""Predictions, track records and warnings from the bytes of a file."""
