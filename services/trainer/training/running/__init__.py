"""Runs stages and commands: locks, status, progress and recovery."""
