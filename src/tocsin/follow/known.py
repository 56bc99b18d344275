"""Whether a file's content was followed before, in this file or in another."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.follow.content import Content, holds
from tocsin.follow.discover import log_of
from tocsin.follow.place import WINDOW, Place, fingerprint
from tocsin.follow.places import Places
from tocsin.follow.tail import Tail

File = tuple[int, int]


def known_place(
    file: File, path: str, content: Content, places: Places, tails: Mapping[File, Tail]
) -> Place | None:
    """The place of a content that was followed before.

    It is known in its own file, and as a copy in the same folder whose name begins alike
    (`audit.log`, `audit.log.1`, `audit-2026.log.gz`); elsewhere equal contents are two contents.
    Of several that it may be it is the one of which most was followed; inodes come again.

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
    prints: dict[int, str] = {}
    furthest: Place | None = None
    for place in (*places.of_file(file), *places.of_log(log_of(path))):
        if furthest is not None and place.offset <= furthest.offset:
            continue
        if not _may_be(head, place, prints):
            continue
        if holds(content, place, head):
            furthest = place
        elif place.file != file and _is_part(content, head, tails.get(place.file)):
            return place
    return furthest


def _may_be(head: bytes, place: Place, prints: dict[int, str]) -> bool:
    """Whether a content that begins so may be the place's, or a part of it.

    ``prints``: fingerprints of the first bytes of ``head``, by how many these are.
    """
    size = place.headed
    if len(head) < size:
        return True
    if size not in prints:
        prints[size] = fingerprint(head[:size])
    return prints[size] == place.head


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
