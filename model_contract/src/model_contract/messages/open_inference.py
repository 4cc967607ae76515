"""Why an Open Inference Protocol request cannot be served.

Its clients are programs, so these codes have no text on the page.
"""

from model_contract.messages.message import Code

VERSION_UNKNOWN = Code(
    "version_unknown",
    "The version {version:quoted} is not served.",
    "The served version is {served}.",
)
TENSOR_CONTENT_TYPE_WRONG = Code(
    "tensor_content_type_wrong",
    "The request has the Content-Type {found:quoted}.",
    "Send JSON as application/json, or JSON followed by tensors as application/octet-stream.",
)

# The JSON of a request

JSON_LENGTH_INVALID = Code(
    "json_length_invalid",
    "The Inference-Header-Content-Length header has the value {found:quoted}.",
    "Send a whole number of bytes.",
)
JSON_LENGTH_TOO_LARGE = Code(
    "json_length_too_large",
    "The Inference-Header-Content-Length header says that {length} bytes are JSON, "
    "but the body has only {body}.",
)
JSON_TOO_LARGE = Code(
    "json_too_large",
    "The JSON has {found} bytes; at most {limit} are allowed.",
    "Send the tensors as binary data.",
)
JSON_INVALID = Code(
    "json_invalid",
    "The request is not valid JSON: {reason} on line {line:digits}, column {column:digits}.",
)
JSON_NOT_OBJECT = Code("json_not_object", "Expected a JSON object, found {found}.")
FIELD_MISSING = Code("field_missing", "Missing {name:quoted}, {expected}.")
FIELD_TYPE_WRONG = Code(
    "field_type_wrong", "Expected {name:quoted} to be {expected}, found {found}."
)

# Inputs and outputs

TENSOR_NOT_OBJECT = Code(
    "tensor_not_object", "Expected each {kind} to be a JSON object, found {found}."
)
TENSOR_UNKNOWN = Code("tensor_unknown", "Unknown {kind} {name:quoted}.", "Supported: {supported}.")
TENSOR_TWICE = Code("tensor_twice", "The {kind} {name:quoted} is given twice.")
INPUTS_MISSING = Code("inputs_missing", "Missing {missing:quoted}.", "Send all inputs: {needed}.")
CLASSIFICATION_UNSUPPORTED = Code(
    "classification_unsupported",
    "The outputs are volumes: the parameter 'classification' is not supported.",
)

# One input

DATATYPE_WRONG = Code(
    "datatype_wrong",
    "The input {name:quoted} has the datatype {found:quoted}.",
    "Supported: {supported}.",
)
SHAPE_WRONG = Code(
    "shape_wrong",
    "Expected the input {name:quoted} to have the shape [n, {sample}] with n at least 1, "
    "found {found}.",
)
TOO_MANY_WINDOWS = Code(
    "too_many_windows",
    "The request has {found} windows; at most {limit} are allowed.",
    "Send the windows in several requests.",
)
SAMPLES_DIFFER = Code(
    "samples_differ",
    "Expected the same number of samples in every input, found {window} in 'window', "
    "{calendar} in 'calendar' and {inputs} in 'inputs'.",
)
DATA_TWICE = Code("data_twice", "The input {name:quoted} has both 'data' and 'binary_data_size'.")
DATA_TYPE_WRONG = Code("data_type_wrong", "All values of {name:quoted} must be {datatype} numbers.")
DATA_SHAPE_WRONG = Code(
    "data_shape_wrong",
    "The data of {name:quoted} must be a flat list of {count} numbers, or nested lists of the "
    "shape [{shape}]. Expected a list of {length}, found {found}.",
)
BINARY_SIZE_WRONG = Code(
    "binary_size_wrong",
    "The binary_data_size of {name:quoted} is {found}, but the shape [{shape}] of {datatype} needs "
    "{expected} bytes.",
)
BINARY_TOO_SHORT = Code(
    "binary_too_short",
    "The binary data of {name:quoted} ends early: expected {expected} bytes, found {found}.",
)
BINARY_LENGTH_WRONG = Code(
    "binary_length_wrong",
    "The binary_data_size values of the inputs add up to {expected} bytes, but {found} bytes "
    "follow the JSON.",
)
NUMBER_NOT_FINITE = Code(
    "number_not_finite", "Expected finite numbers, found {found} in {name:quoted} at [{index}]."
)
CALENDAR_FLAG_EXPECTED = Code(
    "calendar_flag_expected", "Expected each number in 'calendar' to be 0 or 1."
)
