"""Events out of Kafka topics, as a member of a consumer group that commits its offsets itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tocsin.follow.messages import BATCH, Messages
from tocsin.follow.taken import Counts, Writer

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError, Message

    from tocsin.inputs.report import RejectHook

WAIT = 0.2
"""Seconds that are waited for messages."""


@dataclass(frozen=True, slots=True)
class Topics:
    """Where events are.

    ``servers``: ``host:port``, with commas between them. ``group``: engines of one group share the
    partitions. ``options``: further settings of librdkafka (`security.protocol`, `sasl.password`).
    """

    servers: str
    topics: tuple[str, ...]
    group: str = "tocsin"
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Kafka:
    """Follow topics."""

    def __init__(self, source: Topics, journal: Writer, reject: RejectHook) -> None:
        self.name = f"kafka:{','.join(source.topics)}"
        self.counts = Counts()
        self._source = source
        self._consumer: Consumer | None = None
        self._messages: Messages[Message] = Messages(
            self.name, journal, reject, self.counts, self._commit
        )

    def step(self, now: int, clock: float) -> bool:  # noqa: ARG002
        """Take what is there, up to a batch: see `tocsin.follow.taken.Follower`."""
        if not self._messages.settle():
            return False
        consumer = self._consumer or self._open()
        found = []
        for message in consumer.consume(BATCH, WAIT):
            error = message.error()
            if error is None:
                found.append(message)
            else:
                self._failed(error)
        told = ((message.value() or b"", message.offset() or 0) for message in found)
        self._messages.take(found, ((_text(value), number) for value, number in told), now)
        if found:
            self.counts.problem = ""
        return bool(found)

    def close(self) -> None:
        """Leave the group; what was not committed is delivered again."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def wait(self, seconds: float) -> None:
        """Nothing: a step has waited already."""

    def _open(self) -> Consumer:
        from confluent_kafka import Consumer  # noqa: PLC0415 - only who follows topics needs it

        source = self._source
        self._consumer = Consumer(
            {
                "auto.offset.reset": "earliest",
                "client.id": "tocsin",
                **source.options,
                "bootstrap.servers": source.servers,
                "group.id": source.group,
                "enable.auto.commit": False,
                "error_cb": self._failed,
                "log_level": 0,
            }
        )
        self._consumer.subscribe(list(source.topics))
        self.counts.begun += 1
        return self._consumer

    def _failed(self, error: KafkaError) -> None:
        self.counts.failed(f"{self.name}: {error.str()}")

    def _commit(self, messages: list[Message]) -> None:
        from confluent_kafka import KafkaException, TopicPartition  # noqa: PLC0415

        behind: dict[tuple[str, int], int] = {}
        for message in messages:
            topic, partition, offset = message.topic(), message.partition(), message.offset()
            if topic is not None and partition is not None and offset is not None:
                behind[topic, partition] = offset + 1
        if self._consumer is None:
            return
        try:
            offsets = [TopicPartition(*place, offset) for place, offset in behind.items()]
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            # They are safe; if another member gets them again, its engine knows their content.
            self.counts.failed(f"{self.name}: not committed: {error}")


def _text(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
