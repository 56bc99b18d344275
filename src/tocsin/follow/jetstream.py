"""Events out of a NATS JetStream stream, by a durable consumer that is acknowledged explicitly."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from tocsin.follow.messages import BATCH, Messages
from tocsin.follow.taken import Counts, Writer

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.js.api import ConsumerConfig
    from nats.js.client import JetStreamContext

    from tocsin.inputs.report import RejectHook

T = TypeVar("T")

ANY = ">"
"""The subject of all messages."""

WAIT = 0.2
"""Seconds that are waited for messages."""

PATIENCE = 10.0
"""Seconds that connecting, and an acknowledgement, may take."""

RETRY = (1.0, 30.0)
"""Seconds before a new attempt to connect: after the first failure, and at most."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Where events are.

    ``servers``: URLs. ``stream``: its name. ``subject``: which of its messages, `ANY` for all, or
    for those that a consumer has that is there.
    ``durable``: the consumer's name; engines that share it share the messages. ``acknowledged``:
    seconds within which a message must be acknowledged, or it is delivered again. ``options``: for
    the client (`user`, `password`, `token`, `user_credentials`, `tls`).
    """

    servers: tuple[str, ...]
    stream: str
    subject: str = ANY
    durable: str = "tocsin"
    acknowledged: float = 60.0
    options: dict[str, Any] = field(default_factory=dict, repr=False)


class JetStream:
    """Follow a stream."""

    def __init__(self, source: Stream, journal: Writer, reject: RejectHook) -> None:
        self.name = f"nats:{source.stream}"
        self.counts = Counts()
        self._source = source
        self._loop = asyncio.new_event_loop()
        self._client: Client | None = None
        self._pull: JetStreamContext.PullSubscription | None = None
        self._messages: Messages[Msg] = Messages(
            self.name, journal, reject, self.counts, self._acknowledge
        )
        self._retry_at = float("-inf")
        self._delay = RETRY[0]

    def step(self, now: int, clock: float) -> bool:
        """Take what is there, up to a batch: see `tocsin.follow.taken.Follower`."""
        if not self._messages.settle():
            return False
        pull = self._pull or self._connect(clock)
        if pull is None:
            return False
        try:
            found = self._run(self._fetch(pull))
        except Exception as error:  # noqa: BLE001 - the client raises errors of many families
            self._lost(clock, error)
            return False
        self._messages.take(
            found, ((each.data, each.metadata.sequence.stream) for each in found), now
        )
        if found:
            self.counts.behind = found[-1].metadata.num_pending
        return bool(found)

    def close(self) -> None:
        """Leave; what was not acknowledged is delivered again."""
        self._leave()
        self._loop.close()

    def wait(self, seconds: float) -> None:
        """Wait, while the client answers the server."""
        self._run(asyncio.sleep(seconds))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    def _connect(self, clock: float) -> JetStreamContext.PullSubscription | None:
        if clock < self._retry_at:
            return None
        try:
            self._pull = self._run(asyncio.wait_for(self._open(), PATIENCE))
        except Exception as error:  # noqa: BLE001 - the client raises errors of many families
            self._lost(clock, error)
            return None
        self.counts.begun += 1
        self.counts.problem = ""
        self._delay = RETRY[0]
        return self._pull

    async def _open(self) -> JetStreamContext.PullSubscription:
        import nats  # noqa: PLC0415 - only who follows a stream needs it
        from nats.js.api import AckPolicy, ConsumerConfig  # noqa: PLC0415

        source = self._source
        self._client = await nats.connect(
            list(source.servers),
            allow_reconnect=False,
            connect_timeout=int(PATIENCE),
            error_cb=self._error,
            name="tocsin",
            **source.options,
        )
        config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=source.acknowledged)
        pull = await self._client.jetstream().pull_subscribe(
            source.subject, durable=source.durable, stream=source.stream, config=config
        )
        # One that is there already is taken as it is, whatever we asked for.
        doubt = objection((await pull.consumer_info()).config, source)
        if doubt:
            raise ConnectionError(f"consumer {source.durable}: {doubt}")
        return pull

    async def _error(self, error: Exception) -> None:
        self.counts.problem = f"{self.name}: {_said(error)}"

    async def _fetch(self, pull: JetStreamContext.PullSubscription) -> list[Msg]:
        if self._client is None or self._client.is_closed:
            raise ConnectionError("the connection was lost")
        try:
            return await pull.fetch(BATCH, timeout=WAIT)
        except TimeoutError:
            return []

    def _acknowledge(self, messages: list[Msg]) -> None:
        async def acknowledge() -> None:
            for message in messages:
                await message.ack()
            if self._client is not None:
                await self._client.flush(timeout=int(PATIENCE))

        try:
            self._run(acknowledge())
        except Exception as error:  # noqa: BLE001 - the client raises errors of many families
            # They are safe; they will be delivered again, and dropped.
            self.counts.failed(f"{self.name}: not acknowledged: {_said(error)}")

    def _lost(self, clock: float, error: Exception) -> None:
        self.counts.failed(f"{self.name}: {_said(error)}")
        self._leave()
        self._retry_at = clock + self._delay
        self._delay = min(2 * self._delay, RETRY[1])

    def _leave(self) -> None:
        client, self._client, self._pull = self._client, None, None
        if client is not None:
            with contextlib.suppress(Exception):
                self._run(asyncio.wait_for(client.close(), PATIENCE))


def objection(config: ConsumerConfig, source: Stream) -> str:
    """Why a consumer that is there cannot be used; empty if it can."""
    policy = config.ack_policy
    if policy is not None and policy.lower() != "explicit":
        return f"acknowledges {policy.lower()}, not each message; name another `durable`"
    subjects = set(config.filter_subjects or [config.filter_subject or ANY])
    if source.subject not in (ANY, *subjects):
        told = ", ".join(sorted(subjects))
        return f"has the subject {told}, not {source.subject}; name another `durable`"
    return ""


def _said(error: Exception) -> str:
    """An error in words; the client's own may be without any."""
    return str(error) or type(error).__name__
