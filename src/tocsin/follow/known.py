"""Whether a file's content was followed before, in this file or in another."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.follow.content import Content, holds
from tocsin.follow.discover import log_of
from tocsin.follow.place import WINDOW, Place
from tocsin.follow.places import Places
from tocsin.follow.tail import Tail

File = tuple[int, int]


def known_place(
    file: File, path: str, content: Content, places: Places, tails: Mapping[File, Tail]
) -> Place | None:
    """The place of a content that was followed before.

    It is known in its own file, and as a copy in the same folder whose name begins alike
    (`audit.log`, `audit.log.1`, `audit-2026.log.gz`); elsewhere equal contents are two contents.

    Parameters
    ----------
    tails
        What is followed now.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    head = content.read(0, WINDOW)
    for place in places.of_file(file):
        if holds(content, place, head):
            return place
    for place in places.of_log(log_of(path)):
        if place.file != file and (
            holds(content, place, head) or _is_part(content, head, tails.get(place.file))
        ):
            return place
    return None


def _is_part(content: Content, head: bytes, original: Tail | None) -> bool:
    """Whether what is there so far is the beginning of a file that is followed: a copy grows."""
    if content.packed or original is None or original.content is None:
        return False
    size = content.state.size
    back = min(size, WINDOW)
    return (
        size <= original.position
        and head == original.content.read(0, len(head))
        and content.read(size - back, back) == original.content.read(size - back, back)
    )
