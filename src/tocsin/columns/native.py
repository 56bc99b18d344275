"""Machine code from Python functions: one decorator for all kernels, and what Python cannot say.

``compiled`` is ``numba.njit`` with a cache in a directory that belongs to the user alone, since
what lies there is executed. Importing this module imports numba (about half a second): engine code
does, ``import tocsin`` must not.

``load8``, ``load64`` and ``ctz`` work only inside compiled functions. Loads do not check bounds:
the caller argues why they hold, and tests run with ``NUMBA_BOUNDSCHECK=1``, which makes them check.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import sys
import tempfile
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, config, types
from numba.core.options import DefaultOptions
from numba.extending import intrinsic

from tocsin.columns.compiler import kernel, usable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.columns.cells import Bytes

P = ParamSpec("P")
R = TypeVar("R")

KEPT_CACHES = 16
"""Code caches, of this and of other versions of the sources, that are left in place."""

IMPORTED = re.compile(rb"^ *from tocsin\.([\w.]+) import", re.MULTILINE)

settings: Any = config
machine: Any = cgutils
KNOWN: Any = DefaultOptions

CHECKED = bool(settings.BOUNDSCHECK)
"""Whether this process checks the bounds of all loads (``NUMBA_BOUNDSCHECK=1``)."""


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """A function as machine code, made at its first call and kept for the user's next process.

    It may call compiled functions of its own folder and of this module, no others. It releases the
    interpreter lock. Call it with arguments of the same types each time (an array's being writable
    is part of its type): each new combination is compiled for itself.
    """
    return _made(function)


def lean(function: Callable[P, R]) -> Callable[P, R]:
    """As ``compiled``, for a function that makes no arrays, and calls only such functions.

    Without this, arrays are reference counted wherever they pass from function to function, by
    atomic operations that in a scanner cost more than the work.
    """
    return _made(function, _nrt=False)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """As ``lean``; whatever calls it holds its code instead of a call.

    So does it with all that it calls, unless that was compiled for another caller first: numba
    hands this wish down. A call costs seven machine arguments for each array; the rows' kernel is
    a quarter slower without it.
    """
    return _made(function, _nrt=False, forceinline=True)


def _made(function: Callable[P, R], **options: bool) -> Callable[P, R]:
    before = settings.CACHE_DIR
    settings.CACHE_DIR = before or str(cache_directory(Path(function.__code__.co_filename).parent))
    try:
        made = _jit(function, options)
    finally:
        settings.CACHE_DIR = before
    _survive(made)
    return cast("Callable[P, R]", made)


def _jit(function: Callable[..., Any], options: dict[str, bool]) -> Any:  # noqa: ANN401
    """Compile lazily; options that this numba lacks make the code slower, not other."""
    known: dict[str, Any] = {name: on for name, on in options.items() if hasattr(KNOWN, name)}
    known |= {"nogil": True, "error_model": "numpy"}

    def made(*, keep: bool) -> Any:  # noqa: ANN401
        if usable():
            return kernel(function, known, keep=keep)
        return numba.njit(cache=keep, **known)(function)

    try:
        return made(keep=True)
    except RuntimeError:  # the source is not in a file of its own
        return made(keep=False)


def _survive(made: Any) -> None:  # noqa: ANN401
    """Let a cache that cannot be read or written cost time, never the run."""
    store = getattr(getattr(made, "store", made), "_cache", None)
    for name in ("load_overload", "save_overload"):
        inner = getattr(store, name, None)
        if inner is not None:
            setattr(store, name, _forgiving(inner))


def _forgiving(inner: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:  # noqa: ANN401
        try:
            return inner(*arguments)
        except Exception:  # noqa: BLE001 - a damaged pickle may raise anything
            return None

    return call


@cache
def cache_directory(folder: Path) -> Path:
    """Where the kernels of a source folder are kept: private, or else removed with the process.

    ``$TOCSIN_CACHE_DIR``, else the user's cache directory; in it one folder for each combination of
    sources, Python and numba (numba itself tells processors apart). numba looks only at the file of
    the function itself, not at those of the functions it calls: hence the hash of the sources.
    """
    given = os.environ.get("TOCSIN_CACHE_DIR")
    try:
        root = Path(given) if given else _user_caches() / "tocsin"
        if not given and not _ours(_first_existing(root)):
            return _passing()
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        place = root / f"{_release()}-{version}-{numba.__version__}-{_sources(folder)}"
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _private(place):
            return _passing()
        os.utime(place)
        _prune(root)
    except (OSError, RuntimeError):  # nothing can be written, or there is no home
        return _passing()
    return place


def _user_caches() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home())
    given = os.environ.get("XDG_CACHE_HOME", "")
    return Path(given) if given.startswith("/") else Path.home() / ".cache"


def _first_existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())


def _ours(path: Path) -> bool:
    return not hasattr(os, "geteuid") or path.stat().st_uid == os.geteuid()


def _private(folder: Path) -> bool:
    """Whether nobody else can write there; a directory of ours is made so."""
    if not _ours(folder):
        return False
    if hasattr(os, "geteuid") and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        folder.chmod(0o700)
    return os.access(folder, os.W_OK)


@cache
def _passing() -> Path:
    """A directory for this process only, removed at its end."""
    held = tempfile.TemporaryDirectory(prefix="tocsin-", ignore_cleanup_errors=True)
    _held.append(held)
    return Path(held.name)


_held: list[tempfile.TemporaryDirectory[str]] = []


def _release() -> str:
    try:
        return metadata.version("tocsin")
    except metadata.PackageNotFoundError:
        return "source"


def _sources(folder: Path) -> str:
    """A short hash of what the kernels of a folder are made of, and of how they are made.

    That is: the files that use this module, and whatever of ours those import, since constants
    become part of the code.
    """
    kernels = [Path(__file__), *folder.glob("*.py")]
    texts = {file: file.read_bytes() for file in kernels}
    texts = {file: text for file, text in texts.items() if b"columns.native" in text}
    package = Path(__file__).parent.parent
    for name in sorted({name for text in texts.values() for name in IMPORTED.findall(text)}):
        file = package.joinpath(*name.decode().split(".")).with_suffix(".py")
        if file.is_file():
            texts[file] = file.read_bytes()
    digest = hashlib.blake2b(f"{CHECKED} {settings.OPT}".encode(), digest_size=6)
    for file in sorted(texts):
        digest.update(texts[file])
    return digest.hexdigest()


def _prune(root: Path) -> None:
    """Drop the caches of sources long gone; what another process still needs it makes again."""
    folders = [place for place in root.iterdir() if place.is_dir() and not place.is_symlink()]
    folders.sort(key=lambda place: place.stat().st_mtime, reverse=True)
    for folder in folders[KEPT_CACHES:]:
        shutil.rmtree(folder, ignore_errors=True)


def address(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:  # noqa: ANN401
    """The place of ``array[index]``, for an array (of this type) of bytes without gaps."""
    return builder.gep(machine.create_struct_proxy(kind)(context, builder, array).data, [index])


def _load8(typing: Any, array: Any, index: Any) -> Any:  # noqa: ANN401, ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        byte = builder.load(address(context, builder, signature.args[0], *arguments))
        return builder.zext(byte, ir.IntType(64))

    return types.int64(array, types.intp), generate


def _load64(typing: Any, array: Any, index: Any) -> Any:  # noqa: ANN401, ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        place = address(context, builder, signature.args[0], *arguments)
        word = builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()))
        word.align = 1
        return word

    return types.uint64(array, types.intp), generate


def _ctz(typing: Any, word: Any) -> Any:  # noqa: ANN401, ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401, ARG001
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


_intrinsic: Any = intrinsic

whole = cast("Callable[[Any], int]", np.int64)
"""``whole(word) -> int64``: a number out of a word; the two do not mix in arithmetic."""

ctz: Callable[[Any], int] = _intrinsic(_ctz)
"""``ctz(word: uint64) -> int64``: how many zero bits stand below the lowest one; 64 for zero."""

_raw8: Callable[[Bytes, int], int] = _intrinsic(_load8)
_raw64: Callable[[Bytes, int], Any] = _intrinsic(_load64)


def inside(array: Bytes, index: int, size: int) -> None:
    """Fail unless ``array[index : index + size]`` exists; compiled in only for checked runs."""
    if index < 0 or index + size > array.size:
        raise IndexError("a kernel read or wrote outside its buffer")


def _checked8(array: Bytes, index: int) -> int:
    inside(array, index, 1)
    return _raw8(array, index)


def _checked64(array: Bytes, index: int) -> np.uint64:
    inside(array, index, 8)
    return _raw64(array, index)


if CHECKED:
    inside = lean(inside)

load8: Callable[[Bytes, int], int] = lean(_checked8) if CHECKED else _raw8
"""``load8(array, index) -> int64``: the byte at an index that is not negative."""

load64: Callable[[Bytes, int], Any] = lean(_checked64) if CHECKED else _raw64
"""``load64(array, index) -> uint64``: eight bytes as a number, the first the lowest; any alignment.

The processor is taken to store low bytes first, as all that numba supports do.
"""
