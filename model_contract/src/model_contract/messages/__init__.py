"""Every message of the system: its code, parameters, severity and English text.

reading        why a CSV cannot be used
cells          why a cell or a row of a CSV cannot be used
forecasting    warnings and notes about a forecast
requests       why a request cannot be served
"""
