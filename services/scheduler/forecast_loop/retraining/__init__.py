"""New models from the stored prices."""
