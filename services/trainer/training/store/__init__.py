"""Commands on the model store."""
