"""The price store: every delivery as it came, and all rows of all deliveries by version."""
