"""Every message in the system: its code, parameters, severity and English text.

message           codes, messages and the rendering of their English text
catalog           all codes by name
reading           why a file cannot be used
cells             why a cell or a row in a file cannot be used
forecasting       warnings and notes about a forecast
requests          why a request cannot be served
open_inference    why an Open Inference Protocol request cannot be served
"""
