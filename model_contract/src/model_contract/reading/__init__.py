"""From CSV bytes to tables, and from tables to prices or windows."""
