"""A stream of a real NATS server: acknowledged only once it is in the journal."""

import asyncio
import contextlib
import json
import shutil
import socket
import subprocess
import time

import pytest
from bench.served import free_port

from follow.following import CLIENTS, PATIENCE, Memory, event, run
from tocsin.follow.jetstream import JetStream, Stream

nats = pytest.importorskip("nats")
PROGRAM = shutil.which("nats-server", path=CLIENTS)


class Server:
    """A NATS server that can be stopped and started again."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(  # noqa: S603 - our own words
            [PROGRAM, "-js", "-a", "127.0.0.1", "-p", str(self.port), "-sd", self.folder],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.02)
        raise AssertionError("the server does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)

    def ask(self, work):
        """Do something with a stream; what came of it."""

        async def run():
            client = await nats.connect(self.url)
            try:
                return await work(client.jetstream())
            finally:
                await client.close()

        return asyncio.run(run())

    def publish(self, *texts):
        async def work(stream):
            for text in texts:
                await stream.publish("events.x", text)

        self.ask(work)

    def unacknowledged(self):
        async def work(stream):
            found = await stream.consumer_info("EVENTS", "tocsin")
            return found.num_ack_pending, found.num_pending

        return self.ask(work)


@pytest.fixture
def server(tmp_path):
    if PROGRAM is None:
        pytest.skip("needs the program nats-server (Debian's package of that name)")
    server = Server(tmp_path / "nats")
    server.start()
    server.ask(lambda stream: stream.add_stream(name="EVENTS", subjects=["events.*"]))
    yield server
    server.stop()


@pytest.fixture
def journal():
    return Memory()


@pytest.fixture
def following(server, journal):
    with contextlib.ExitStack() as stack:

        def make(**options):
            source = Stream((server.url,), "EVENTS", **options)
            told = []
            follower = JetStream(source, journal, lambda *reject: told.append(reject))
            follower.rejects = told
            return stack.enter_context(contextlib.closing(follower))

        yield make


def test_messages_become_events_and_are_acknowledged(server, journal, following):
    server.publish(event(1)[:-1], event(2) + event(3), b"rubbish")
    follower = following()
    run(follower, lambda: len(journal.lines) == 3)
    assert journal.numbers == [1, 2, 3]
    assert journal.frames[0].source == "nats:EVENTS"
    assert journal.frames[0].accepted == 1234
    assert [(file, line) for file, line, _, _ in follower.rejects] == [("nats:EVENTS", 3)]
    run(follower, lambda: server.unacknowledged() == (0, 0))


def test_nothing_is_acknowledged_before_it_is_in_the_journal(server, journal, following):
    journal.full = True
    server.publish(*(event(n) for n in range(5)))
    follower = following()
    run(follower, lambda: follower.counts.failures)
    assert server.unacknowledged() == (5, 0)
    journal.full = False
    run(follower, lambda: len(journal.lines) == 5)
    assert server.unacknowledged() == (0, 0)


def test_killed_before_the_acknowledgement_it_is_delivered_again(server, journal, following):
    server.publish(event(1), event(2))
    first = following(acknowledged=1.0)
    first._messages._acknowledge = lambda _: None
    run(first, lambda: len(journal.lines) == 2)
    first.close = lambda: None
    first._leave()
    second = following(acknowledged=1.0)
    run(second, lambda: len(journal.lines) == 4)
    assert journal.numbers == [1, 2, 1, 2], "the engine knows them by their content"
    assert server.unacknowledged() == (0, 0)
    first._loop.close()


def test_the_server_goes_and_comes_back(server, journal, following):
    follower = following()
    server.publish(event(1))
    run(follower, lambda: len(journal.lines) == 1)
    server.stop()
    run(follower, lambda: follower.counts.problem)
    server.start()
    server.publish(event(2))
    run(follower, lambda: len(journal.lines) == 2)
    assert follower.counts.problem == ""


def test_a_stream_that_is_not_there_is_said(server, journal):
    follower = JetStream(Stream((server.url,), "NOTHING"), journal, print)
    assert not follower.step(0, 0.0)
    assert "not found" in follower.counts.problem
    assert not follower.step(0, 0.5), "it waits before it tries again"
    assert follower.counts.failures == 1
    follower.close()


def test_many_messages(server, journal, following):
    server.publish(*(event(n) for n in range(2500)))
    follower = following()
    run(follower, lambda: len(journal.lines) == 2500)
    assert journal.numbers == list(range(2500))
    assert len(journal.frames) >= 3
    assert json.loads(journal.lines[-1])["n"] == 2499
