"""The log: one JSON object a line, or text for a person.

What is logged never holds a header, a query string or a body, so no key and no event.
"""

from __future__ import annotations

import logging
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
        try:
            return orjson.dumps(said, default=str).decode()
        except TypeError:  # the name of a file that is no UTF-8, say
            plain = {_plain(key): _plain(value) for key, value in said.items()}
            return orjson.dumps(plain).decode()


def _plain(value: object) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()


class TextFormatter(logging.Formatter):
    """A record as a person reads it."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, or more if something failed."""
        time = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        more = "".join(
            f" {key}={value}" for key, value in vars(record).items() if key not in _KNOWN
        )
        said = f"{time} {record.levelname.lower():<8}{record.getMessage()}{more}"
        if record.exc_info:
            said = f"{said}\n{self.formatException(record.exc_info)}"
        return "".join(one if one.isprintable() or one == "\n" else repr(one)[1:-1] for one in said)


def log_to(stream: TextIO, level: int = logging.INFO, *, text: bool = False) -> None:
    """Send what Tocsin and uvicorn log to a stream, as JSON or as text."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TextFormatter() if text else JsonFormatter())
    for name, least in (("tocsin", level), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(least)
        logger.propagate = False
