"""From the bytes of a CSV to predictions, track records and warnings."""
