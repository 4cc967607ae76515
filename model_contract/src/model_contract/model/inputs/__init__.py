"""Inputs of a linear volume forecast: what a ticker's history says beyond one window.

Rows are sessions, oldest first, and a row uses only what is known after its session. Log volumes
are without their calendar effects. In the daily series, an unknown value is NaN. In the inputs, it
has the value of an average session, so no input is ever NaN.
"""
