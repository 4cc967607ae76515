"""The content types of requests and responses."""

JSON, CSV, BYTES = "application/json", "text/csv", "application/octet-stream"
FORM = "multipart/form-data"
PROBLEM = "application/problem+json"
# Accepted in requests. Browsers and tools send .txt, .tsv and other files as the last three.
CSV_TYPES = (CSV, "application/csv", "text/plain", "text/tab-separated-values", BYTES)
TENSOR_TYPES = (JSON, BYTES, "")  # clients of the Open Inference Protocol send all three
