"""Queries, uploads, errors and limits: what holds for every request."""
