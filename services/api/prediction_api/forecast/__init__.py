"""From the bytes of a CSV to predictions, their track record and warnings."""
