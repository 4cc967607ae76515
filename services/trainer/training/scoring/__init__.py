"""Scores the model and its baselines, and applies the publish gate."""
