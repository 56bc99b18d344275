"""Kernels made of functions: one code for each, the same answers, and numba left as it was."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numba.core.errors import TypingError
from numba.core.types.functions import BaseFunction

from tocsin.columns import compiler, native
from tocsin.columns.native import compiled, inlined, lean, load8


@lean
def weight(array, index, twice):
    if index < 0:
        raise ValueError("no such place")
    return load8(array, index) * (2 if twice else 1)


@inlined
def middle(array):
    return weight(array, array.size // 2, False)


@lean
def total(array, short):
    found = middle(array) + weight(array, 0, True) + weight(array, short[0], True)
    for index in range(array.size):
        found += weight(array, index, index % 2 == 0)
    return found


@compiled
def doubled(array):
    made = np.empty(array.size, np.int64)
    for index in range(array.size):
        made[index] = weight(array, index, True)
    return made


DATA = np.arange(3, 20, dtype=np.uint8)
SHORT = np.array([4], dtype=np.int32)


def test_this_numba_is_one_that_is_known():
    assert compiler.usable()


def test_functions_called_by_others_and_from_python_agree():
    values = DATA.tolist()
    wanted = values[len(values) // 2] + 2 * values[0] + 2 * values[4]
    wanted += sum(value * (2 if index % 2 == 0 else 1) for index, value in enumerate(values))
    assert total(DATA, SHORT) == wanted
    assert weight(DATA, 4, True) == 2 * values[4]
    assert middle(DATA) == values[len(values) // 2]
    assert doubled(DATA).tolist() == [2 * value for value in values]
    assert total(DATA, SHORT) == wanted


def test_constants_and_short_integers_need_no_code_of_their_own():
    part = compiler.kernel(weight.py_func, {"nogil": True}, keep=False)

    def both(array, short):
        return part(array, 0, True) + part(array, short[0], False)

    caller = compiler.kernel(both, {"nogil": True}, keep=False)
    assert caller(DATA, SHORT) == 2 * DATA[0] + DATA[4]
    assert len(part.overloads) == 1


def test_python_never_meets_a_part():
    total(DATA, SHORT)
    with pytest.raises(ValueError, match="no such place"):
        weight(DATA, -1, False)


def test_errors_come_through_parts():
    with pytest.raises(ValueError, match="no such place"):
        total(DATA, np.array([-1], dtype=np.int32))


def test_numba_is_left_as_it_was_even_after_an_error():
    @lean
    def wrong(array):
        return array + "text"

    before = BaseFunction.get_call_type, gc.isenabled()
    with pytest.raises(TypingError):
        wrong(DATA)
    assert (BaseFunction.get_call_type, gc.isenabled()) == before


KEPT = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from numba.core import event
made = []
class Listener(event.Listener):
    def on_start(self, event):
        made.append(event.data["dispatcher"].py_func.__name__)
    def on_end(self, event):
        pass
event.register("numba:compile", Listener())
import test_compiler as here
here.total(here.DATA, here.SHORT)
here.weight(here.DATA, 4, True)
print(*made)
"""


def test_what_python_calls_is_kept_and_parts_are_not(tmp_path, monkeypatch):
    monkeypatch.setenv("TOCSIN_CACHE_DIR", str(tmp_path))
    command = [sys.executable, "-c", KEPT.format(folder=str(Path(__file__).parent))]
    first, second = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()  # noqa: S603
        for _ in range(2)
    )
    assert first.count("weight") == 2
    assert second == []
    kept = {file.name.split("-")[0] for file in tmp_path.rglob("*.nbc")}
    assert kept == {"test_compiler.total", "test_compiler.weight"}


def test_another_numba_makes_kernels_in_its_own_way(monkeypatch):
    monkeypatch.setattr(native, "usable", lambda: False)
    plain = lean(weight.py_func)
    assert not hasattr(plain, "store")
    assert plain(DATA, 4, True) == 2 * DATA[4]
