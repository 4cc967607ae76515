"""Why a request cannot be served. nginx sends those in PROXY_CODES with the same text."""

from model_contract.messages.message import Code

FILE_BODY = (
    "as the multipart/form-data field 'file', or as a body of type text/csv, application/csv, "
    "text/plain, text/tab-separated-values or application/octet-stream"
)

INVALID_FILE = Code(
    "invalid_file",
    "{count}{or_more:? or more} {count:problem|problems} in the file.",
    extra=("listed",),
)
NOTHING_SENT = Code("nothing_sent", "The request has no file.", f"Send a file {FILE_BODY}.")
SEVERAL_FILES = Code(
    "several_files",
    "The request has {count} files in the 'file' field.",
    "Send one file per request.",
)
BODY_BROKEN = Code("body_broken", "The body is incomplete or malformed.", "Send the file again.")
PARAMETER_INVALID = Code(
    "parameter_invalid",
    "The query parameter {name:quoted} has the value {found:quoted}.",
    "Send it once, as a whole number from {least} to {most}.",
)
PARAMETER_UNSUPPORTED = Code(
    "parameter_unsupported",
    "The query parameter {name:quoted} has the value {found:quoted}.",
    "Send it once. Supported: {supported}.",
)
PARAMETER_TIME = Code(
    "parameter_time",
    "The query parameter {name:quoted} must be a time in ISO 8601, but it is {found:quoted}.",
    "Write it like 2024-04-03T15:30-04:00. Without an offset, it is in UTC.",
)
PARAMETER_DATE = Code(
    "parameter_date",
    "The query parameter {name:quoted} must be a date, but it is {found:quoted}.",
    "Send it once, as in 2024-04-03.",
)
PARAMETER_LENGTH = Code(
    "parameter_length",
    "The query parameter {name:quoted} has the value {found:quoted}.",
    "Send it once, with 1 to {limit} characters.",
)
PARAMETER_UNKNOWN = Code(
    "parameter_unknown", "Unknown query parameter {name:quoted}.", "Supported: {supported}."
)
HOST_UNKNOWN = Code(
    "host_unknown",
    "This server does not serve that host name.",
    "Its operator can add the name to ALLOWED_HOSTS.",
)
ADDRESS_UNKNOWN = Code("address_unknown", "This address doesn't exist.", "Available: {addresses}.")
METHOD_NOT_ALLOWED = Code(
    "method_not_allowed",
    "This address doesn't allow the request's method.",
    "Allowed: {allowed}.",
)
NOT_ACCEPTABLE = Code(
    "not_acceptable", "The Accept header allows only {accept:quoted}.", "Supported: {supported}."
)
FILE_TOO_LARGE = Code(
    "file_too_large",
    "A file may be at most {megabytes} MB, and a form may have at most 20 parts.",
    "Send fewer sessions or fewer tickers.",
)
CONTENT_TYPE_WRONG = Code(
    "content_type_wrong",
    "The request has the Content-Type {found:quoted}.",
    f"Send a file {FILE_BODY}.",
)
CONTENT_TYPE_MISSING = Code(
    "content_type_missing", "The request has no Content-Type.", f"Send a file {FILE_BODY}."
)
BODY_COMPRESSED = Code(
    "body_compressed", "The body is compressed ({format}).", "Send it uncompressed."
)
NO_MODEL = Code(
    "no_model",
    "No model has been published yet. The API will load the first one automatically.",
    "Wait for the first training (GET /model reports its progress), or run 'make train'.",
)
LEDGER_UNREADABLE = Code(
    "ledger_unreadable",
    "The ledger of forecasts can't be read at the moment.",
    "Try again in a few seconds. If it stays, its operator finds the reason in the API's log.",
)
SESSIONS_REMOVED = Code(
    "sessions_removed",
    "The ledger has removed the forecasts for sessions up to {until}. Their errors are only kept "
    "as sums: of each session, or of a ticker in whole months and on each kind of day.",
    "Let 'from' and 'to' be the first and last day of a month; or choose later sessions. By kind "
    "of day, leave both out for a ticker.",
)
MODEL_REFUSED = Code(
    "model_refused",
    "The published model was refused, and there is no other model to serve.",
    "GET /model reports the reason; 'make versions' lists the models.",
)
OVERLOADED = Code(
    "overloaded",
    "Too many forecasts are being computed at once.",
    "Send this file again in a few seconds.",
)
DEADLINE_EXCEEDED = Code(
    "deadline_exceeded",
    "The forecast took longer than {seconds} seconds and was stopped.",
    "Send fewer sessions or fewer tickers, or try again when the server is less busy.",
)
INTERNAL_ERROR = Code(
    "internal_error",
    "Something went wrong on the server.",
    "The server's log has the details under {request_id}.",
)
HTTP_ERROR = Code("http_error", "The request failed with status {status}.")

# Sent by nginx only

REQUEST_UNREADABLE = Code("request_unreadable", "The request is not valid HTTP.")
ADDRESS_TOO_LONG = Code("address_too_long", "The requested address is too long.")
HEADERS_TOO_LARGE = Code("headers_too_large", "The request headers are too large.")
TOO_MANY_REQUESTS = Code(
    "too_many_requests",
    "You requested more than {per_second} forecasts a second or {at_once} at once, "
    "or others are sending large files.",
    "Send this file again in a second.",
)
TRANSFER_ENCODING_UNKNOWN = Code(
    "transfer_encoding_unknown",
    "The request's transfer encoding is not supported.",
    "Send a Content-Length.",
)
CONNECTION_LOST = Code(
    "connection_lost", "The API closed the connection before it responded.", "Send the file again."
)
API_UNAVAILABLE = Code(
    "api_unavailable",
    "The API isn't responding, or too many files are being sent at once.",
    "Try again in a few seconds.",
)
API_TOO_SLOW = Code(
    "api_too_slow", "The API took too long to respond.", "Send fewer sessions or fewer tickers."
)
HTTP_VERSION_UNKNOWN = Code(
    "http_version_unknown", "The HTTP version is not supported.", "Send the request as HTTP/1.1."
)

PROXY_CODES = (
    REQUEST_UNREADABLE,
    HOST_UNKNOWN,
    ADDRESS_UNKNOWN,
    METHOD_NOT_ALLOWED,
    FILE_TOO_LARGE,
    ADDRESS_TOO_LONG,
    TOO_MANY_REQUESTS,
    HEADERS_TOO_LARGE,
    TRANSFER_ENCODING_UNKNOWN,
    CONNECTION_LOST,
    API_UNAVAILABLE,
    API_TOO_SLOW,
    HTTP_VERSION_UNKNOWN,
    HTTP_ERROR,
)
