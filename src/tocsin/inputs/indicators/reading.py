"""Files of indicators as an input like any other, which can be read again at any place.

JSON in any form that events come in is read as it stands. CSV, STIX and whatever is compressed is
written to a temporary file first, one document to a line: indicators are read again, one here and
one there, whenever an event meets them.
"""

from __future__ import annotations

import csv
import os
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, TypeAlias

import orjson

from tocsin.inputs.file import FileOrigin
from tocsin.inputs.format import is_wide
from tocsin.inputs.held import HeldOrigin
from tocsin.inputs.indicators.csv_columns import document_of_row, fields_of_header, value_among
from tocsin.inputs.indicators.stix import documents_of_bundle
from tocsin.inputs.inputs import Input, resolve
from tocsin.inputs.origin import MemoryOrigin, Origin
from tocsin.inputs.report import Report
from tocsin.inputs.source import Events
from tocsin.inputs.spool import temporary
from tocsin.inputs.stream import ByteStream

Given: TypeAlias = str | os.PathLike[str] | Mapping[str, Any]
"""A file or folder of indicators, or one indicator."""

MOST_BUNDLE = 1 << 30
"""The longest STIX bundle that is read, in bytes: it is held as a whole."""

_AHEAD = 64 << 10
_CHUNK = 1 << 20
_BUNDLE = re.compile(rb'"type"\s*:\s*"bundle"|"spec_version"\s*:\s*"2\.')
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*[\[{]")


class IndicatorEvents(Events):
    """Indicators as an input; ``refused`` tells what of CSV and STIX could not be used."""

    def __init__(self, origins: Sequence[Origin], report: Report) -> None:
        super().__init__(origins, report.problems)
        self.refused = report


def read_indicators(given: Iterable[Given], *, held: bool = False) -> IndicatorEvents:
    """The indicators of files, folders, globs and mappings.

    What a file holds is told by its content; what no JSON begins is CSV, with names of fields in
    its first line. ``held``: of each file there is a copy, so that nobody changes it meanwhile.
    """
    report = Report()
    origins: list[Origin] = []
    mappings: list[Mapping[str, Any]] = []
    for each in given:
        if isinstance(each, Mapping):
            mappings.append(each)
            continue
        for found in resolve([each], report):
            try:
                origins.append(_origin(found, report, held=held))
            except OSError as error:
                report.problem(found.name, error.strerror or str(error))
    if mappings:
        origins.append(MemoryOrigin(mappings))
    return IndicatorEvents(origins, report)


class HeldCopy(HeldOrigin):
    """A temporary file that goes with its origin."""

    def __init__(self, name: str) -> None:
        self.copy = temporary(self)
        super().__init__(name, self.copy)


def _origin(found: Input, report: Report, *, held: bool) -> FileOrigin:
    """The file itself, or a copy of it in which every line is a document."""
    if found.path is None:
        raise OSError("indicators are read from files, not from standard input")
    with found.path.open("rb") as file:
        stream = ByteStream(file)
        ahead = stream.peek(_AHEAD)
        write: Callable[[ByteStream, IO[bytes], str, Report], None]
        if _BUNDLE.search(ahead) and _JSON.match(ahead):
            write = _stix
        elif not ahead or _JSON.match(ahead) or ahead.startswith(b"PAR1") or is_wide(ahead):
            if not stream.compression and not held:
                return FileOrigin(found)
            write = _plain
        else:
            write = _csv
        kept = HeldCopy(found.name)
        write(stream, kept.copy, found.name, report)
        kept.copy.flush()
        if stream.trouble is not None:
            report.reject(found.name, 1, stream.trouble)
    return kept


def _plain(stream: ByteStream, out: IO[bytes], _name: str, _report: Report) -> None:
    room = memoryview(bytearray(_CHUNK))
    while got := stream.readinto(room):
        out.write(room[:got])


def _stix(stream: ByteStream, out: IO[bytes], name: str, report: Report) -> None:
    text = bytearray()
    room = memoryview(bytearray(_CHUNK))
    while got := stream.readinto(room):
        text += room[:got]
        if len(text) > MOST_BUNDLE:
            report.problem(name, f"a STIX bundle of more than {MOST_BUNDLE >> 30} GiB")
            return
    try:
        given = [(1, orjson.loads(text))]
    except orjson.JSONDecodeError:
        # documents line by line: of STIX, or such as hold a bundle
        given = []
        for number, line in enumerate(bytes(text).splitlines(), 1):
            try:
                given.append((number, orjson.loads(line)))
            except orjson.JSONDecodeError:
                given.append((number, None))
                out.write(line + b"\n")
    whole = len(given) == 1
    for number, one in given:
        objects = _objects(one)
        if objects is not None:
            _stix_objects(objects, out, name, report, None if whole else number)
        elif whole and isinstance(one, dict) and one.get("type") == "bundle":
            report.problem(name, "no STIX bundle: it has no `objects`")
        elif one is not None:
            out.write(orjson.dumps(one) + b"\n")


def _objects(one: object) -> list[Any] | None:
    """The objects of STIX that a value holds, or is; None if it is something else."""
    if isinstance(one, list):
        return one if one and all(_is_stix(each) for each in one) else None
    if not isinstance(one, dict):
        return None
    found = one.get("objects")
    if isinstance(found, list):
        return found
    return [one] if _is_stix(one) else None


def _is_stix(one: object) -> bool:
    """Whether a value is an object of STIX by itself."""
    return (
        isinstance(one, dict)
        and isinstance(name := one.get("id"), str)
        and isinstance(kind := one.get("type"), str)
        and name.startswith(f"{kind}--")
    )


def _stix_objects(
    objects: list[Any], out: IO[bytes], name: str, report: Report, line: int | None
) -> None:
    """Write the documents of objects, which stand in a line of their own or number the lines."""

    def refuse(number: int, reason: str) -> None:
        sample = orjson.dumps(objects[number - 1])[:1024]
        report.reject(name, number if line is None else line, reason, sample)

    for document in documents_of_bundle(objects, refuse):
        out.write(orjson.dumps(document) + b"\n")


class _Bytes:
    """A stream as a file that is only read."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream

    def lines(self) -> Iterator[str]:
        """Its lines as text; what is no UTF-8 becomes replacement characters."""
        if self._stream.peek(len(BOM_UTF8)) == BOM_UTF8:
            self._stream.skip(len(BOM_UTF8))
        rest = b""
        room = memoryview(bytearray(_CHUNK))
        while got := self._stream.readinto(room):
            *whole, rest = (rest + bytes(room[:got])).split(b"\n")
            for line in whole:
                yield line.decode("utf-8", "replace") + "\n"
            if len(rest) > _CHUNK:
                raise csv.Error("a line of more than a megabyte")
        if rest:
            yield rest.decode("utf-8", "replace")


def _csv(stream: ByteStream, out: IO[bytes], name: str, report: Report) -> None:
    head = stream.peek(_AHEAD).decode("utf-8-sig", "replace").splitlines()
    first = next((line for line in head if line.strip() and line[0] != "#"), "")
    mark = max(",;\t|", key=first.count)
    lines = _Bytes(stream).lines()
    # a comment stays as an empty line, so that lines are counted right
    rows = csv.reader(
        ("\n" if line.startswith("#") else line for line in lines),
        delimiter=mark,
        skipinitialspace=True,
    )
    fields: list[str] | None = None
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if fields is None:
                if (value := value_among(row)) is None:
                    fields = fields_of_header(row)
                    continue
                fields = _header_above(head[: rows.line_num - 1], mark, len(row))
                if fields is None:
                    told = f"`{value}` names no field: a line such as ip,feed must stand first"
                    report.reject(name, rows.line_num, told, mark.join(row).encode()[:1024])
                    return
            document = document_of_row(fields, row)
            if isinstance(document, str):
                report.reject(name, rows.line_num, document, mark.join(row).encode()[:1024])
            else:
                out.write(orjson.dumps(document) + b"\n")
    except csv.Error as error:
        report.reject(name, rows.line_num, f"no CSV: {error}")


def _header_above(comments: Sequence[str], mark: str, columns: int) -> list[str] | None:
    """The fields that the last comment names, if it names as many as there are columns."""
    last = next((line for line in reversed(comments) if line.startswith("#")), "")
    names = next(csv.reader([last.lstrip("# ")], delimiter=mark, skipinitialspace=True), [])
    if len(names) != columns or value_among(names) is not None:
        return None
    return fields_of_header(names)
