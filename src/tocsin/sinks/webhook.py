"""Alerts posted as JSON, signed if there is a secret.

POST /hook
Content-Type: application/json
X-Tocsin-Timestamp: 1787572800
X-Tocsin-Signature: v1=HMAC-SHA256(secret, timestamp + "." + body), in hexadecimal

{"alerts": [{"id": "…", "kind": "new", "alert": {…}}]}
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

import orjson

from tocsin.sinks.http import Answer, Poster
from tocsin.sinks.sink import TAKEN, Change, Outcome, RefusedError, UnreachableError

LATER = frozenset({429, 503})
"""Answers that ask for patience."""

POISON = frozenset({400, 413, 415, 422})
"""Answers about what was sent, not about who sent it or where to."""


class Webhook:
    """Posts alerts, up to ``batch`` in one body.

    Parameters
    ----------
    secret
        Signs the body; empty for no signature.
    headers
        Sent with each body: who we are, for instance.
    """

    def __init__(
        self,
        poster: Poster,
        *,
        secret: bytes = b"",
        headers: Mapping[str, str] | None = None,
        batch: int = 1,
    ) -> None:
        self.batch = batch
        self._poster = poster
        self._secret = secret
        self._headers = dict(headers or {})

    def send(self, changes: Sequence[Change], now: int) -> Outcome:
        """Post alerts; if they are called bad, each alone, so that one spoils no others."""
        answer = self._post(changes, now)
        if 200 <= answer.status < 300:
            return TAKEN
        _complain(self._poster.host, answer)
        if len(changes) == 1:
            return Outcome(refused=[(changes[0], f"{self._poster.host} {answer.said}")])
        refused: list[tuple[Change, str]] = []
        for change in changes:
            refused += self.send([change], now).refused
        return Outcome(refused)

    def _post(self, changes: Sequence[Change], now: int) -> Answer:
        parts = (
            b'{"id":%s,"kind":%s,"alert":%s}'
            % (orjson.dumps(each.alert.id), orjson.dumps(str(each.kind)), each.alert.document)
            for each in changes
        )
        body = b'{"alerts":[' + b",".join(parts) + b"]}"
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "tocsin",
            **self._headers,
            **signature(self._secret, body, now),
        }
        return self._poster.post(body, headers)

    def close(self) -> None:
        """Close all connections."""
        self._poster.close()


def signature(secret: bytes, body: bytes, now: int) -> dict[str, str]:
    """The headers that sign a body at a time in milliseconds; none without a secret."""
    if not secret:
        return {}
    stamp = str(now // 1000)
    digest = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Tocsin-Timestamp": stamp, "X-Tocsin-Signature": f"v1={digest}"}


def _complain(host: str, answer: Answer) -> None:
    """Raise what an answer means; one about the alerts themselves means nothing yet."""
    if answer.status in POISON:
        return
    if answer.status in LATER:
        raise UnreachableError(f"{host} {answer.said}", answer.after)
    if 300 <= answer.status < 400:
        raise RefusedError(f"{host} {answer.said} (redirects are not followed)", answer.after)
    raise RefusedError(f"{host} {answer.said}", answer.after)
