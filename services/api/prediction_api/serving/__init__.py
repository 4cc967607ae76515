"""Which model serves, and how gunicorn starts."""
