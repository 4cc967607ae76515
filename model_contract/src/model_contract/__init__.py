"""What the trainer and the API must agree on, and nothing else.

A value that both sides need (a column name, a formula, a file of the bundle) is defined here once,
so training and serving cannot drift apart.

store        model bundles and the directory that holds them
reading      CSV bytes to tables, and tables to prices or windows
model        prices to features, windows, forecasts, intervals and metrics
messages     every error, warning and note: code, parameters and English text
"""
