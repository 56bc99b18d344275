"""POST, and the answer: what webhooks and Elasticsearch share.

urllib3 does the work, since connections that are kept, their loss, proxies and certificates have
more corners than are worth writing again. Redirects are never followed: an alert goes to the host
that was named, or nowhere.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from tocsin.sinks.sink import UnreachableError

if TYPE_CHECKING:
    import urllib3

ANSWER = 16 << 20
"""Bytes of an answer that are read."""

PIECE = 64 << 10


class Answer(NamedTuple):
    """An answer: its status, how many seconds it asks us to wait, and what it says."""

    status: int
    after: float
    body: bytes

    @property
    def said(self) -> str:
        """Status and the beginning of the text, for people."""
        text = " ".join(self.body[:300].decode("utf-8", "replace").split())
        return f"answered {self.status}" + (f": {text[:200]}" if text else "")


@dataclass(frozen=True, slots=True)
class Tls:
    """How the other side is known: ``ca`` a file of certificates, else those of the system.

    ``certificate`` and ``key``: files that say who we are.
    """

    ca: str = ""
    certificate: str = ""
    key: str = ""

    def context(self) -> ssl.SSLContext:
        """A context that demands and checks a certificate.

        Raises
        ------
        OSError
            A file cannot be read, or holds no certificate.
        """
        context = ssl.create_default_context(cafile=self.ca or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate:
            context.load_cert_chain(self.certificate, self.key or None)
        return context


class Poster:
    """Posts to one URL.

    Parameters
    ----------
    timeout
        Seconds that connecting may take, that a piece of the answer may take, and, ten times of it,
        that the whole answer may take.
    proxy
        A proxy's URL; empty for none.
    """

    def __init__(
        self, url: str, *, timeout: float = 10.0, tls: Tls | None = None, proxy: str = ""
    ) -> None:
        import urllib3  # noqa: PLC0415 - only who posts needs it

        self.url = url
        self.host = urlsplit(url).hostname or url
        self._timeout = timeout
        context = (tls or Tls()).context() if url.startswith("https:") else None
        self._errors = urllib3.exceptions.HTTPError
        limits = urllib3.Timeout(connect=timeout, read=timeout)
        pool: urllib3.PoolManager
        if proxy:
            pool = urllib3.ProxyManager(proxy, ssl_context=context, timeout=limits, retries=False)
        else:
            pool = urllib3.PoolManager(ssl_context=context, timeout=limits, retries=False)
        self._pool = pool

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post; the answer, whatever it says.

        Raises
        ------
        UnreachableError
            There was none.
        """
        try:
            answer = self._pool.request(
                "POST",
                self.url,
                body=body,
                headers=dict(headers),
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                text = self._read(answer)
            except BaseException:
                answer.close()
                raise
            answer.release_conn()
        except (self._errors, OSError) as error:
            raise UnreachableError(f"{self.host}: {_plain(error)}") from None
        return Answer(answer.status, _after(answer.headers.get("Retry-After", "")), text)

    def _read(self, answer: urllib3.BaseHTTPResponse) -> bytes:
        """The answer's text; one that is too long or too slow is no answer."""
        deadline = time.monotonic() + 10 * self._timeout
        pieces: list[bytes] = []
        size = 0
        while piece := answer.read1(PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > ANSWER or time.monotonic() > deadline:
                raise OSError("the answer is too long, or takes too long")
        return b"".join(pieces)

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()


def _plain(error: Exception) -> str:
    """An error in few words, without URLs, which may hold secrets."""
    reason = getattr(error, "reason", None)
    inner = reason if isinstance(reason, Exception) else error
    name = type(inner).__name__
    if inner.args and isinstance(inner.args[0], ssl.SSLError):
        inner = inner.args[0]
    if isinstance(inner, OSError):
        return getattr(inner, "verify_message", "") or inner.strerror or str(inner) or name
    said = {
        "ConnectTimeoutError": "no connection in time",
        "ReadTimeoutError": "no answer in time",
        "NameResolutionError": "the name is not known",
        "NewConnectionError": "no connection: refused, or no way there",
        "ProtocolError": "the connection broke",
    }
    return said.get(name, name)


def _after(value: str) -> float:
    """Seconds that a `Retry-After` header asks for."""
    text = value.strip()
    if text.isdecimal() and len(text) < 9:
        return float(text)
    try:
        until = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return max(until - time.time(), 0.0)
