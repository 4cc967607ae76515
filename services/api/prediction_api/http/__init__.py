"""Queries, uploads, errors, and the rules that all requests share."""
