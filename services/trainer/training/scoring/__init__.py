"""Scores of the model and of its baselines, and the publish gate."""
