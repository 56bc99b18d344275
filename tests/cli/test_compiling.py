"""A person is told what the first run waits for."""

import numba

from tocsin.cli.cold import Compiling


def test_making_machine_code_is_told_once(capsys):
    with Compiling():
        assert numba.njit(lambda x: x + 1)(1) == 2
        assert numba.njit(lambda x: x + 2)(1) == 3
    assert capsys.readouterr().err == "compiling for this machine (once, about 15 seconds) …\n"


def test_otherwise_nothing_is_said(capsys):
    with Compiling():
        pass
    numba.njit(lambda x: x + 3)(1)
    assert capsys.readouterr().err == ""
