"""Loading and swapping models."""
