"""The API's OpenAPI document, /openapi.json."""
