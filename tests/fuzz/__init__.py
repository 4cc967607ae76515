"""Fuzzes the reader with mutated files: it must never crash, hang or read a wrong value.

bases               valid files
mutations           random changes to a file
reference_reader    a slow but obvious reader, written from data/README.md, not from the code
comparison          checks that both readers agree
__main__            the command that reads a million files
"""
