"""The followers that ``tocsin serve`` is asked for."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin.cli.failure import CannotRun
from tocsin.follow.brokers import BrokerError, is_broker, open_broker
from tocsin.follow.files import Files
from tocsin.follow.places import Places
from tocsin.follow.records import Records, open_socket
from tocsin.follow.rejects import Rejects
from tocsin.follow.room import make_room

if TYPE_CHECKING:
    from tocsin.follow.taken import Follower
    from tocsin.journal.journal import Journal


_LOG = logging.getLogger("tocsin.follow")


@dataclass(frozen=True, slots=True)
class Sources:
    """What is to be followed.

    ``files``: files, folders, globs, URLs of brokers. ``audit``: sockets of auditd, or ``-``.
    ``from_end``: files from where they end now.
    """

    files: tuple[str, ...] = ()
    audit: tuple[str, ...] = ()
    from_end: bool = False


def followers(sources: Sources, data: Path, journal: Journal) -> Sequence[Follower]:
    """Followers that write into a journal and keep what they know in a folder."""
    rejects = Rejects(data / "rejects.ndjson")
    made: list[Follower] = []
    files = [argument for argument in sources.files if not is_broker(argument)]
    try:
        made += [open_broker(url, journal, rejects) for url in filter(is_broker, sources.files)]
    except BrokerError as error:
        raise CannotRun(str(error)) from error
    if files:
        make_room()
        places = Places(data / "followed.json")
        places.load(journal)
        if places.missing:
            _LOG.warning(
                "followed.json is older than the journal: files followed since are read again"
            )
        made.append(Files(files, journal, places, rejects, from_end=sources.from_end))
    for path in sources.audit:
        if path == "-":
            made.append(Records("audit:stdin", lambda: sys.stdin.buffer, journal, rejects))
        else:
            connect = partial(open_socket, path)
            made.append(Records(f"audit:{path}", connect, journal, rejects, again=True))
    return made
