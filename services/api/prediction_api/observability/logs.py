"""Log lines: JSON objects in containers, plain text elsewhere; always on stdout."""

import logging
import logging.config
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import g, has_request_context

FIELDS = "fields"  # `extra={FIELDS: {...}}` adds fields to the JSON line


class JsonFormatter(logging.Formatter):
    """One JSON object per line. JSON escapes line breaks, so logged text cannot forge a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Format the time, level, logger, message, request id, extra fields and traceback."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if has_request_context() and "request_id" in g:
            line["request_id"] = g.request_id
        line.update(getattr(record, FIELDS, {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def configuration(log_format: str) -> dict[str, Any]:
    """Return the configuration for `logging.config.dictConfig` and gunicorn's `logconfig_dict`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": JsonFormatter},
            "text": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        },
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": log_format,
            }
        },
        "root": {"level": "INFO", "handlers": ["stdout"]},
        # Otherwise gunicorn writes its own lines to stderr in another format.
        "loggers": {"gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True}},
    }


def set_up(log_format: str) -> None:
    """Set up logging unless the entry point (gunicorn, a test run) already has."""
    if not logging.getLogger().handlers:
        logging.config.dictConfig(configuration(log_format))
