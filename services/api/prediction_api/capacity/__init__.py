"""Queues, deadlines, and returning unused memory."""
