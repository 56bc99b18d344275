"""Messages become frames, and are acknowledged behind them."""

import json

import pytest

from follow.following import Memory, event
from tocsin.follow.messages import Messages
from tocsin.follow.taken import Counts


def test_large_batches_are_cut_into_frames(monkeypatch):
    monkeypatch.setattr("tocsin.follow.messages.FRAME", 200)
    journal, counts, acknowledged = Memory(), Counts(), []
    messages = Messages("x", journal, print, counts, acknowledged.append)
    texts = [event(n) for n in range(20)]
    messages.take(texts, ((text, 0) for text in texts), 7)
    assert journal.numbers == list(range(20))
    assert max(len(frame.lines) for frame in journal.frames) <= 5
    assert acknowledged == [texts]
    assert counts.events == 20


def test_a_journal_that_is_full_in_the_middle(monkeypatch):
    monkeypatch.setattr("tocsin.follow.messages.FRAME", 1)
    journal, acknowledged = Memory(), []
    messages = Messages("x", journal, print, Counts(), acknowledged.append)
    really, left = journal.append, [2]

    def append(frame):
        journal.full = left[0] == 0
        left[0] -= 1
        return really(frame)

    journal.append = append
    texts = [event(n) for n in range(4)]
    messages.take(texts, ((text, 0) for text in texts), 7)
    assert journal.numbers == [0, 1]
    assert acknowledged == []
    assert messages.settle()
    assert journal.numbers == [0, 1, 2, 3]
    assert acknowledged == [texts]


def test_messages_without_events_are_acknowledged_too():
    acknowledged, told = [], []
    counts = Counts()
    messages = Messages("x", Memory(), lambda *r: told.append(r), counts, acknowledged.append)
    messages.take([b"rubbish", b""], [(b"rubbish", 7), (b"", 8)], 0)
    assert acknowledged == [[b"rubbish", b""]]
    assert told[0][:2] == ("x", 7)
    assert counts.rejected == 1


@pytest.mark.parametrize(
    ("text", "numbers", "refused"),
    [
        (json.dumps(json.loads(event(1)), indent=2).encode(), [1], 0),
        (b"\xef\xbb\xbf" + event(1) + event(2), [1, 2], 0),
        (
            b"\r\n" + json.dumps(json.loads(event(1)), indent=1).replace("\n", "\r\n").encode(),
            [1],
            0,
        ),
        (event(1) + b"rubbish\n" + event(2), [1, 2], 1),
        (b"{\n" + event(1), [1], 1),
        (b"", [], 0),
    ],
)
def test_what_a_message_may_hold(text, numbers, refused):
    journal, counts = Memory(), Counts()
    messages = Messages("x", journal, lambda *_: None, counts, lambda _: None)
    messages.take([text], [(text, 0)], 7)
    assert journal.numbers == numbers
    assert counts.rejected == refused
