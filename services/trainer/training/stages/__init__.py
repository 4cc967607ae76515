"""The stages of the DVC pipeline, one module each."""
