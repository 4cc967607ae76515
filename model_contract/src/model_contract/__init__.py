"""Everything that the trainer and the API must agree on, and nothing else.

A value that both sides need (a column name, a formula, a file of the bundle) is defined here once,
so training and serving cannot drift apart.

store        model bundles and the directory that contains them
reading      from CSV bytes to tables, and from tables to prices or windows
model        from prices to features, windows, forecasts, intervals and metrics
messages     every error, warning and note, with its code, parameters and English text
"""
