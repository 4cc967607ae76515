"""From the bytes of a file to prices or windows: decode, interpret, apply."""
