"""The loop: takes prices in, forecasts each session before it opens and scores it after it closes.

`docs/loop.md` explains it; `docs/architecture.md` has a diagram of the modules.
"""
