"""What files say about a Kubelet's configuration, read and put together.

A file is one of: a ``KubeletConfiguration`` (YAML, which needs PyYAML, or JSON), the answer of
``/configz``, a ConfigMap ``kubelet-config`` as kubeadm keeps it, or a command line: that of a
process, a systemd unit, ``kubeadm-flags.env``. As in the Kubelet itself, later configuration files
go over earlier ones, and flags over all of them.
"""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from tocsin.diagnostics.extras import installing
from tocsin.kubelet.repeated import repeated_in_json, repeated_in_yaml
from tocsin.kubelet.setting import FLAGS, SETTINGS, Setting

LARGEST = 4 << 20
"""Bytes of a file that are read."""

_KIND = "KubeletConfiguration"
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3_600.0}
_TRUE = {"1", "t", "T", "true", "TRUE", "True"}
_FALSE = {"0", "f", "F", "false", "FALSE", "False"}
_FLAG = re.compile(r"--?([A-Za-z][A-Za-z0-9_-]*)(?:=(.*))?\Z", re.DOTALL)


class UnreadableError(Exception):
    """A file cannot be read as a Kubelet's configuration; the text says why."""


class Value(NamedTuple):
    """A setting's value, and where it comes from: a file's name, or empty for a default."""

    value: Any
    source: str = ""
    flag: bool = False


@dataclass(slots=True)
class Given:
    """What all files together say.

    ``configured``: a configuration file is among them, whose defaults hold then; ``named`` is the
    one that a command line names (``--config``); ``lines``: a command line is among them;
    ``repeated`` tells of keys that stand twice, of which the last one counts, as in the Kubelet.
    """

    values: dict[str, Value] = field(default_factory=dict)
    configured: bool = False
    named: str = ""
    lines: bool = False
    repeated: list[str] = field(default_factory=list)

    @property
    def unknown(self) -> bool:
        """Whether a configuration file is named that was not given."""
        return bool(self.named) and not self.configured

    def value(self, setting: Setting) -> Value | None:
        """A setting's value; None if it stands in a file that was not given."""
        found = self.values.get(setting.path)
        if found is not None:
            return found
        if self.unknown:
            return None
        by_file = self.configured or not self.lines
        return Value(setting.in_file if by_file else setting.on_line)


def given(files: Iterable[tuple[str, bytes]]) -> Given:
    """What files say, given as names with contents. Raises `UnreadableError`."""
    made = Given()
    flags: dict[str, Value] = {}
    for name, content in files:
        if len(content) > LARGEST:
            raise UnreadableError(f"{name} has more than {LARGEST >> 20} MiB")
        tables = _tables(made, name, content)
        if tables is None:
            _from_line(made, flags, name, content.decode(errors="replace"))
        else:
            for table in tables:
                made.configured = True
                _from_table(made, name, table)
    made.values.update(flags)
    return made


def _tables(made: Given, name: str, content: bytes) -> list[Mapping[str, Any]] | None:
    """The configurations of a file; None if it is a command line."""
    text = content.decode(errors="replace").strip()
    if text.startswith("{"):
        try:
            documents: list[Any] = [orjson.loads(text)]
        except orjson.JSONDecodeError as error:
            raise UnreadableError(f"{name} is no valid JSON: {error}") from None
        made.repeated += (f"{name}: {key}" for key in repeated_in_json(text))
    elif re.search(r"^\s*[\"']?(apiVersion|kind|kubeletconfig)[\"']?\s*:", text, re.MULTILINE):
        documents = _yaml(made, name, text)
    else:
        return None
    found = list(_configurations(made, name, documents))
    if not found:
        raise UnreadableError(
            f"{name} holds no {_KIND}: a document of that kind, the answer of /configz, or the "
            "ConfigMap kubelet-config is looked for"
        )
    return found


def _configurations(
    made: Given, name: str, documents: Sequence[Any]
) -> Iterator[Mapping[str, Any]]:
    for document in documents:
        if not isinstance(document, Mapping):
            continue
        live, data = document.get("kubeletconfig"), document.get("data")
        if document.get("kind") == _KIND:
            yield document
        elif isinstance(live, Mapping):
            yield live
        elif document.get("kind") == "ConfigMap" and isinstance(data, Mapping):
            inner = data.get("kubelet")
            if isinstance(inner, str):
                yield from _configurations(made, name, _yaml(made, name, inner))


def _yaml(made: Given, name: str, text: str) -> list[Any]:
    try:
        yaml = importlib.import_module("yaml")
    except ImportError:
        raise UnreadableError(
            f"{name} is YAML, which needs PyYAML: {installing('yaml')}; JSON is read without"
        ) from None
    try:
        found = list(yaml.safe_load_all(text))
        made.repeated += (f"{name}: {key}" for key in repeated_in_yaml(yaml, text))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        told = " ".join(str(error).split())[:300]
        raise UnreadableError(f"{name} is no valid YAML: {told}") from None
    return found


def _from_table(made: Given, name: str, table: Mapping[str, Any]) -> None:
    for setting in SETTINGS:
        found = _at(table, setting.path)
        if found is None:
            continue
        value = _typed(name, setting, found)
        if setting.empty and not value:
            made.values.pop(setting.path, None)
        else:
            made.values[setting.path] = Value(value, name)


def _at(table: Mapping[str, Any], path: str) -> object:
    node: object = table
    for part in path.split("."):
        node = node.get(part) if isinstance(node, Mapping) else None
    return node


def _from_line(made: Given, flags: dict[str, Value], name: str, text: str) -> None:
    """Flags of a command line; a boolean one takes its value behind ``=`` only."""
    words = list(_words(text))
    seen = False
    pending = iter(range(len(words)))
    for number in pending:
        found = _FLAG.match(words[number])
        if found is None:
            continue
        seen = True
        flag = found[1].replace("_", "-")
        setting = FLAGS.get(flag)
        if flag not in {"config", "config-dir"} and setting is None:
            continue
        value = found[2]
        if value is None and (setting is None or setting.kind != "bool"):
            value = words[number + 1] if number + 1 < len(words) else ""
            next(pending, None)
        if setting is None:
            made.named = value or ""
        else:
            known = _typed(f"--{flag} of {name}", setting, "true" if value is None else value)
            flags[setting.path] = Value(known, name, flag=True)
    if not seen and "kubelet" not in text:
        raise UnreadableError(
            f"{name} is neither a {_KIND} nor a command line of a Kubelet; give the node's "
            "/var/lib/kubelet/config.yaml, the answer of /configz, or its systemd unit"
        )
    made.lines = True


def _words(text: str) -> Iterator[str]:
    """The words of a unit, an environment file, or a line; what is quoted may hold several."""
    for line in text.replace("\x00", " ").replace("\\\n", " ").splitlines():
        if line.lstrip().startswith(("#", ";")):
            continue
        try:
            words = shlex.split(line, comments=False)
        except ValueError:
            words = line.split()
        for word in words:
            # NAME="--a --b": an environment variable with flags in it
            held = re.sub(r"\A(?:Environment=)?[A-Za-z_][A-Za-z0-9_]*=(?=\s*-)", "", word)
            yield from held.split() if held != word or " -" in word else [word]


def _typed(where: str, setting: Setting, found: object) -> Any:  # noqa: ANN401 - by its kind
    """A value as its kind. Raises `UnreadableError`."""
    value: bool | int | float | str | tuple[str, ...] | None = None
    match setting.kind:
        case "bool":
            value = found if isinstance(found, bool) else _flag(str(found))
        case "int":
            value = _whole(found)
        case "seconds":
            value = _seconds(found)
        case "list":
            parts = found if isinstance(found, list) else str(found).split(",")
            value = tuple(str(part).strip() for part in parts if str(part).strip())
        case _:
            value = str(found) if isinstance(found, str | int | float) else None
    if value is None:
        raise UnreadableError(f"{setting.path} of {where} cannot be {str(found)[:60]!r}")
    return value


def _flag(text: str) -> bool | None:
    return True if text in _TRUE else False if text in _FALSE else None


def _whole(found: object) -> int | None:
    if isinstance(found, bool):
        return None
    if isinstance(found, int):
        return found
    text = str(found).strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text, re.ASCII) else None


def _seconds(found: object) -> float | None:
    """A duration as Go writes it (``4h0m0s``); in JSON, a number is of nanoseconds."""
    if isinstance(found, bool):
        return None
    if isinstance(found, int | float):
        return float(found) / 1e9
    text = str(found).strip().removeprefix("+")
    if text == "0":
        return 0.0
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
