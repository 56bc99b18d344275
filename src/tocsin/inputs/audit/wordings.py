"""Bodies of records that are no pairs, rewritten as pairs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

# Each character is looked at once, whatever the text.
_AVC: Final = re.compile(r"avc: {1,8}(\w{1,64}) {1,8}\{([^{}]{0,4096})\} {1,8}for {1,8}")


def _decision(body: bytes) -> bytes:
    return _AVC.sub(_avc_pairs, body.decode("utf-8", "replace"), count=1).encode()


def _avc_pairs(found: re.Match[str]) -> str:
    return f"seresult={found[1]} seperms={','.join(found[2].split())} "


def _login(body: bytes) -> bytes:
    return body.replace(b"old ", b"old_", 2).replace(b"new ", b"new_", 2)


def _old_session(body: bytes) -> bytes:
    if b"(hostname=" not in body:
        return body
    return body.replace(b"(hostname=", b"hostname=", 1).replace(b", ", b" ").rstrip(b")'") + b"'"


WORDINGS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "AVC": _decision,
    "USER_AVC": _decision,
    "LOGIN": _login,
    "CRED_DISP": _old_session,
    "USER_START": _old_session,
    "USER_END": _old_session,
}
"""Kind of record to what rewrites its body as pairs."""
