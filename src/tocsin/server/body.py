"""A request's body: taken within limits, and decompressed."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Generator, Iterator
from threading import Lock

import zstandard
from starlette.requests import ClientDisconnect, Request

from tocsin.server.limits import Limits
from tocsin.server.refusal import RefusedError, bad_request, busy, too_large

STEP = 1 << 20
"""Bytes that are decompressed at a time."""

WAITED, PAUSE = 10.0, 0.02
"""Seconds that a body waits for room, and between two looks."""

WINDOW = 1 << 27
"""The largest memory that a zstd stream may ask for."""


class Budget:
    """Bytes that all requests together may hold."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self.held = 0

    def take(self, size: int) -> None:
        """Hold more. Raises RefusedError (429) if that is too much at the moment."""
        with self._lock:
            if self.held + size > self._most:
                raise busy("the server holds as many bytes of requests as it may; try again")
            self.held += size

    def give(self, size: int) -> None:
        """Hold less."""
        with self._lock:
            self.held -= size


class Body:
    """The body of one request: `read` it on the loop, `text` in a worker; then `close`."""

    def __init__(self, request: Request, limits: Limits, budget: Budget) -> None:
        self._request = request
        self._limits = limits
        self._budget = budget
        self._taken = 0
        self._packed = b""
        self._coding = request.headers.get("content-encoding", "identity").strip().lower()

    async def read(self) -> None:
        """Take all of it.

        Raises
        ------
        RefusedError
            It is too large (413), too slow (408), compressed in a way that is not known (415), or
            the server is busy (429).
        """
        if self._coding not in _CODINGS:
            known = ", ".join(name for name in _CODINGS if name)
            raise RefusedError(
                415, "illegal_argument_exception", f"content is encoded otherwise than {known}"
            )
        declared = self._request.headers.get("content-length", "")
        if declared.isdecimal() and len(declared) < 20 and int(declared) > self._limits.body:
            raise self._too_large()
        try:
            self._packed = await self._all()
        except ClientDisconnect:
            raise bad_request("the client left before its request was whole") from None

    async def _all(self) -> bytes:
        pieces = []
        async for piece in self._request.stream():
            await self._hold_soon(len(piece))
            if self._taken > self._limits.body:
                raise self._too_large()
            pieces.append(piece)
        return b"".join(pieces)

    def text(self) -> bytes:
        """The decompressed body, for which the request must have been read.

        Raises RefusedError: it cannot be decompressed (400), or it becomes too large (413).
        """
        inflate = _CODINGS[self._coding]
        if inflate is None:
            return self._packed
        pieces: list[bytes] = []
        size = 0
        freely = max(self._limits.inflated_freely, len(self._packed) * self._limits.ratio)
        try:
            for piece in inflate(self._packed):
                size += len(piece)
                if size > self._limits.inflated:
                    raise too_large(
                        f"decompressed it has more than {self._limits.inflated:,} bytes"
                    )
                if size > freely:
                    raise too_large(
                        f"decompressing makes it more than {self._limits.ratio} times larger"
                    )
                self._hold(len(piece))
                pieces.append(piece)
        except (zlib.error, zstandard.ZstdError, EOFError) as error:
            raise bad_request(f"the {self._coding} body cannot be decompressed: {error}") from None
        return b"".join(pieces)

    def close(self) -> None:
        """Hold nothing any more."""
        self._budget.give(self._taken)
        self._taken = 0
        self._packed = b""

    async def _hold_soon(self, size: int) -> None:
        """Hold more as soon as there is room; meanwhile the client cannot send."""
        patience = WAITED
        while True:
            try:
                return self._hold(size)
            except RefusedError:
                if patience <= 0 or self._taken + size > self._limits.held:
                    raise
            await asyncio.sleep(PAUSE)
            patience -= PAUSE

    def _hold(self, size: int) -> None:
        self._budget.take(size)
        self._taken += size

    def _too_large(self) -> RefusedError:
        return too_large(f"a body has at most {self._limits.body:,} bytes")


async def whole(request: Request, most: int, budget: Budget) -> bytes:
    """A body of at most ``most`` bytes, decompressed: of what is no event.

    Raises RefusedError as `Body.read` and `Body.text` do.
    """
    limits = Limits(body=most, inflated=most, inflated_freely=most)
    body = Body(request, limits, budget)
    try:
        await body.read()
        return body.text()
    finally:
        body.close()


def _gzip(packed: bytes) -> Iterator[bytes]:
    """One or more gzip members, one behind the other."""
    while packed:
        packed = yield from _zlib(packed, 31)


def _deflate(packed: bytes) -> Iterator[bytes]:
    """With zlib's frame, as the standard says, or without, as some do it."""
    framed = len(packed) > 1 and packed[0] & 15 == 8 and int.from_bytes(packed[:2]) % 31 == 0
    if (yield from _zlib(packed, 15 if framed else -15)):
        raise EOFError("more bytes follow the stream")


def _zlib(packed: bytes, bits: int) -> Generator[bytes, None, bytes]:
    """One stream; returns what stands behind it."""
    stream = zlib.decompressobj(bits)
    while not stream.eof:
        piece = stream.decompress(packed, STEP)
        packed = stream.unconsumed_tail
        if piece:
            yield piece
        elif not stream.eof:
            raise EOFError("it is cut off")
    return stream.unused_data


def _zstd(packed: bytes) -> Iterator[bytes]:
    """One or more zstd frames; output comes in steps, since one block may become large."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=WINDOW)
    with decompressor.stream_reader(packed, read_across_frames=True) as stream:
        while piece := stream.read(STEP):
            yield piece


_CODINGS: dict[str, Callable[[bytes], Iterator[bytes]] | None] = {
    "": None,
    "identity": None,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zstd": _zstd,
}
