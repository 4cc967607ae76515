"""Fuzzes the reader with mutated files: it must never crash, hang or read a wrong value.

bases               valid files
mutations           random changes to a file
reference_reader    a slow but obvious reader, written from docs/files.md, not from the code
reference_table     its lines, fields and names of columns
reference_formats   its numbers
reference_dates     its dates
comparison          checks that both readers agree
__main__            the command that reads a million files
"""
