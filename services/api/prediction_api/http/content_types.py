"""The content types of requests and responses."""

JSON, CSV, BYTES = "application/json", "text/csv", "application/octet-stream"
FORM = "multipart/form-data"
PROBLEM = "application/problem+json"
CSV_TYPES = (CSV, "application/csv")  # accepted in requests
TENSOR_TYPES = (JSON, BYTES, "")  # clients of the Open Inference Protocol send all three
