"""Why a request is not taken, in the words that Elasticsearch's clients know."""

from __future__ import annotations

from typing import Any


class RefusedError(Exception):
    """A request that is answered with an error.

    ``kind`` is Elasticsearch's name of the error, ``reason`` says it to a person.
    """

    def __init__(self, status: int, kind: str, reason: str, **headers: str) -> None:
        super().__init__(reason)
        self.status = status
        self.kind = kind
        self.reason = reason
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        cause = {"type": self.kind, "reason": self.reason}
        return {"error": {"root_cause": [cause], **cause}, "status": self.status}


def bad_request(reason: str, kind: str = "illegal_argument_exception") -> RefusedError:
    """The client asks for what cannot be."""
    return RefusedError(400, kind, reason)


def too_large(reason: str) -> RefusedError:
    """The client sends more than is taken."""
    return RefusedError(413, "content_too_long_exception", reason)


def busy(reason: str) -> RefusedError:
    """The client is to try again in a moment."""
    return RefusedError(429, "es_rejected_execution_exception", reason, Retry_After="1")


def away(error: Exception) -> RefusedError:
    """What is asked, not the client, is in trouble: it is to try again later."""
    return RefusedError(503, "unavailable_shards_exception", str(error), Retry_After="5")
