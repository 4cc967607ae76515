"""From a table to the plan for reading it, by evidence."""
