"""Topics of a broker: Tansu, where its program is installed (`.ci/clients`); elsewhere librdkafka's
own cluster in memory, which speaks Kafka's protocol over TCP."""

import contextlib
import shutil
import socket
import subprocess
import time

import pytest
from bench.served import free_port

from follow.following import CLIENTS, PATIENCE, Memory, event, run
from tocsin.follow.kafka import Kafka, Topics

confluent_kafka = pytest.importorskip("confluent_kafka")
TANSU = shutil.which("tansu", path=CLIENTS)


class Broker:
    """Somewhere to publish, and to look at what a group has committed."""

    def __init__(self, servers, producer):
        self.servers = servers
        self.producer = producer

    def publish(self, *texts, topic="events"):
        for n, text in enumerate(texts):
            self.producer.produce(topic, text, partition=n % 2)
        assert self.producer.flush(PATIENCE) == 0

    def committed(self, topic="events", group="tocsin"):
        consumer = confluent_kafka.Consumer(
            {"bootstrap.servers": self.servers, "group.id": group, "log_level": 0}
        )
        try:
            asked = [confluent_kafka.TopicPartition(topic, n) for n in range(2)]
            return [max(each.offset, 0) for each in consumer.committed(asked, PATIENCE)]
        finally:
            consumer.close()


@pytest.fixture(scope="module")
def cluster():
    """librdkafka's cluster in memory, in the producer that fills it."""
    producer = confluent_kafka.Producer({"test.mock.num.brokers": 1, "log_level": 0})
    (broker,) = producer.list_topics(timeout=PATIENCE).brokers.values()
    return Broker(f"{broker.host}:{broker.port}", producer)


@pytest.fixture(scope="module")
def tansu():
    url = f"tcp://127.0.0.1:{free_port()}"
    process = subprocess.Popen(  # noqa: S603 - our own words
        f"{TANSU} --listener-url {url} --advertised-listener-url {url}".split(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    servers = url.removeprefix("tcp://")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(servers.split(":")):
            break
        time.sleep(0.05)
    producer = confluent_kafka.Producer({"bootstrap.servers": servers, "log_level": 0})
    yield Broker(servers, producer)
    process.terminate()
    process.wait(PATIENCE)


@pytest.fixture
def broker(request):
    from confluent_kafka.admin import AdminClient, NewTopic

    broker = request.getfixturevalue("tansu" if TANSU else "cluster")
    broker.topic = request.node.name[5:]
    if not TANSU:
        broker.producer.list_topics(broker.topic, timeout=PATIENCE)  # makes what it is asked for
    else:
        admin = AdminClient({"bootstrap.servers": broker.servers, "log_level": 0})
        (made,) = admin.create_topics([NewTopic(broker.topic, 2, 1)]).values()
        made.result(PATIENCE)
    return broker


@pytest.fixture
def journal():
    return Memory()


@pytest.fixture
def following(broker, journal):
    with contextlib.ExitStack() as stack:

        def make():
            options = {"session.timeout.ms": 6000, "heartbeat.interval.ms": 500}
            source = Topics(broker.servers, (broker.topic,), broker.topic, options)
            told = []
            follower = Kafka(source, journal, lambda *reject: told.append(reject))
            follower.rejects = told
            return stack.enter_context(contextlib.closing(follower))

        yield make


def test_messages_become_events_and_are_committed(broker, journal, following):
    broker.publish(event(1)[:-1], event(2) + event(3), b"rubbish", topic=broker.topic)
    follower = following()
    run(follower, lambda: len(journal.lines) == 3 and follower.rejects)
    assert sorted(journal.numbers) == [1, 2, 3]
    assert journal.frames[0].source == f"kafka:{broker.topic}"
    assert broker.committed(broker.topic, broker.topic) == [2, 1]


def test_nothing_is_committed_before_it_is_in_the_journal(broker, journal, following):
    journal.full = True
    broker.publish(*(event(n) for n in range(6)), topic=broker.topic)
    follower = following()
    run(follower, lambda: follower.counts.failures)
    assert broker.committed(broker.topic, broker.topic) == [0, 0]
    journal.full = False
    run(follower, lambda: len(journal.lines) == 6)
    assert broker.committed(broker.topic, broker.topic) == [3, 3]


def test_killed_before_the_commit_it_is_delivered_again(broker, journal, following):
    broker.publish(event(1), event(2), topic=broker.topic)
    first = following()
    first._messages._acknowledge = lambda _: None
    run(first, lambda: len(journal.lines) == 2)
    first.close()
    second = following()
    run(second, lambda: len(journal.lines) == 4)
    assert sorted(journal.numbers) == [1, 1, 2, 2], "the engine knows them by their content"
    assert broker.committed(broker.topic, broker.topic) == [1, 1]


def test_nobody_there_is_said(journal):
    servers = f"127.0.0.1:{free_port()}"
    follower = Kafka(Topics(servers, ("events",)), journal, print)
    run(follower, lambda: "refused" in follower.counts.problem)
    follower.close()
