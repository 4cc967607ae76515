"""Queries, uploads, errors, and rules for all requests."""
