"""The content types of requests and responses."""

JSON, CSV, BYTES = "application/json", "text/csv", "application/octet-stream"
FORM = "multipart/form-data"
PROBLEM = "application/problem+json"
# Accepted in requests. Browsers and tools send .txt, .tsv and other files as the last three.
WORKBOOKS = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.ms-excel",
    "application/zip",
    "application/vnd.apache.parquet",
)
CSV_TYPES = (CSV, "application/csv", "text/plain", "text/tab-separated-values", BYTES, *WORKBOOKS)
TENSOR_TYPES = (JSON, BYTES, "")  # clients of the Open Inference Protocol send all three
