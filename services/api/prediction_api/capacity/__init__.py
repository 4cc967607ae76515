"""Queues, deadlines and memory."""
