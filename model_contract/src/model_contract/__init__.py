"""What the trainer and the API must agree on, and nothing else.

A value that both sides need (a column name, a formula, a file of the bundle) is written here once, so that
training and serving cannot drift apart. Reading order: `csv_table` (bytes to text columns), `csv_values` (text to
numbers) and their `csv_arrow` (the same for large files), `schema` (a price history), `features`, `windows`, `scaling`,
`plausibility`, `forecasting`, `bundle`.
"""
