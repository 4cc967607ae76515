"""Mutated files through the reader: it must never crash, never take long, and never read a value that is not there.

Reading order: `bases` (files that are in order), `mutations` (what is done to them), `reference_reader` (a slow and obvious
reader, written from data/README.md and not from the code), `comparison` (both readers must agree), `__main__` (many files).
"""
