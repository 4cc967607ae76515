"""Fuzz the reader with mutated files: it must never crash or hang, nor read a wrong value.

bases               valid files
mutations           random changes to a file
reference_reader    a slow and obvious reader, written from data/README.md instead of the code
comparison          both readers must agree
__main__            a million files
"""
