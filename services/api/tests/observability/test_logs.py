"""JSON log lines."""

import json
import logging

from prediction_api.observability import logs


def test_a_log_line_is_one_json_object_with_its_fields():
    record = logging.LogRecord(
        "name", logging.ERROR, "file.py", 1, "two\nlines %s", ("here",), None
    )
    record.fields = {"status": 200}
    text = logs.JsonFormatter().format(record)
    assert "\n" not in text
    line = json.loads(text)
    assert (line["level"], line["message"], line["status"]) == ("error", "two\nlines here", 200)
