"""The contract of the API: /openapi.json."""
