"""The OpenAPI document of the API: /openapi.json."""
