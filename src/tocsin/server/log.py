"""Structured logs: one JSON object a line on standard error.

What is logged never holds a header, a query string or a body, so no key and no event.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

import orjson

_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


class JsonFormatter(logging.Formatter):
    """A record as JSON, with the fields of ECS that logs have."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        said = {
            "@timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(
                timespec="milliseconds"
            ),
            "log.level": record.levelname.lower(),
            "log.logger": record.name,
            "message": record.getMessage(),
        }
        said |= {key: value for key, value in vars(record).items() if key not in _KNOWN}
        if record.exc_info:
            said["error.stack_trace"] = self.formatException(record.exc_info)
        return orjson.dumps(said, default=str).decode()


def log_to(stream: TextIO = sys.stderr, level: int = logging.INFO) -> None:
    """Send what Tocsin and uvicorn log to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    for name, least in (("tocsin", level), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(least)
        logger.propagate = False
