"""Compiled kernels are loaded before the first event comes, not when it does."""

from __future__ import annotations

EVENT = (
    b'{"@timestamp":"2026-08-01T12:00:00Z","event":{"category":"process"},"process":{"name":"a"}}'
)


def warm_intake() -> None:
    """What judges and names events."""
    from tocsin.alerts.hashes import content_hashes  # noqa: PLC0415
    from tocsin.alerts.reader import FEW  # noqa: PLC0415
    from tocsin.columns.checksum import LEAST, checksum  # noqa: PLC0415
    from tocsin.journal.frame import Frame, Kind, pack  # noqa: PLC0415
    from tocsin.server.bulk import read_bulk  # noqa: PLC0415 - each process needs its own
    from tocsin.server.bulk_answer import name_of  # noqa: PLC0415
    from tocsin.server.limits import Limits  # noqa: PLC0415

    bulk = read_bulk(b'{"index":{}}\n%s\n' % EVENT, "", Limits())
    pack(Frame(Kind.EVENTS, 0, lines=bulk.lines))
    checksum(bytes(LEAST))
    name_of(bulk.actions[0], bulk.lines[0])
    content_hashes([EVENT] * FEW)


def warm_engine() -> None:
    """What matches events, writes alerts and finds their words."""
    import orjson  # noqa: PLC0415

    from tocsin.alerts.texts import Texts  # noqa: PLC0415
    from tocsin.columns.checksum import LEAST, checksum  # noqa: PLC0415
    from tocsin.engine.query import query  # noqa: PLC0415
    from tocsin.store.word_kernel import found_words  # noqa: PLC0415

    found_words(b"", EVENT, 1, len(EVENT))
    checksum(bytes(LEAST))
    texts = Texts()
    texts.read([""], [""], [EVENT], [texts.number(["event.kind"])])
    for _ in query([orjson.loads(EVENT)], 'process where process.name : "a*"'):
        pass


def warm_questions() -> None:
    """What joins events, and makes tables of them."""
    import orjson  # noqa: PLC0415

    from tocsin.engine.query import query  # noqa: PLC0415

    events = [orjson.loads(EVENT)]
    for _ in query(events, "sequence by process.name [process where true] [process where true]"):
        pass
    for _ in query(events, "from * | stats n = count(*) by process.name", language="esql"):
        pass
