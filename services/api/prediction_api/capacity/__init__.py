"""Queueing, deadlines, and the memory that requests leave behind."""
