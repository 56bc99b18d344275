"""TLS: a certificate and its key, looked at before they are used, read again when they change."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tocsin.server.rule_files import Watched

LOG = logging.getLogger("tocsin.server")


class TlsError(OSError):
    """A certificate and a key cannot be used, for the reason given."""


@dataclass(frozen=True, slots=True)
class Tls:
    """A certificate (with its chain) and its key, as PEM files."""

    certificate: Path
    key: Path

    def check(self) -> None:
        """Raises TlsError if they cannot be used."""
        self.load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))

    def load(self, context: ssl.SSLContext) -> None:
        """Let a context use them, as they are now. Raises TlsError."""
        for path in (self.certificate, self.key):
            try:
                with path.open("rb"):
                    pass
            except OSError as error:
                raise TlsError(f"{path}: {error.strerror}") from error
        try:
            context.load_cert_chain(self.certificate, self.key, self._locked)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                why = f"{self.key} is not the key of {self.certificate}"
            else:
                why = f"{self.certificate} and {self.key} are no certificate and key in PEM"
            raise TlsError(why) from error

    def _locked(self) -> str:
        raise TlsError(f"{self.key} is encrypted: give a key without a password")


class Renewal:
    """Lets a context use certificate and key again once their files have changed."""

    def __init__(self, tls: Tls) -> None:
        self._tls = tls
        self._watched = Watched([tls.certificate, tls.key])

    def step(
        self, context: ssl.SSLContext | None, between: Callable[[Callable[[], None]], None]
    ) -> None:
        """Look whether they have changed; what cannot be used is not put to use.

        ``between`` has something done while no connection is being opened: one that met the new
        certificate with the former key would fail.
        """
        if context is None or not self._watched.changed():
            return
        if self._tried(self._tls.check):  # apart: what fails half-way would leave none
            between(partial(self._use, context))

    def _use(self, context: ssl.SSLContext) -> None:
        if self._tried(partial(self._tls.load, context)):
            LOG.info("the certificate was read again")

    def _tried(self, look: Callable[[], None]) -> bool:
        try:
            look()
        except TlsError as error:
            LOG.error("the new certificate cannot be used, the former one stays: %s", error)  # noqa: TRY400
            return False
        return True
