"""How numba makes a kernel out of many functions: translate each once, optimise the whole once.

By itself numba takes each function that another calls as a piece of its own: optimised, made into
machine code and kept, and then once more inside each of its callers. What a first start costs would
be three times as much, and no kernel faster. So a function has two sides here. Called by another it
is a `_Part`, which is only translated. Called from Python it is a `_Kernel`, which is optimised
together with all its parts, made into machine code and kept.

None of what this uses of numba is promised to stay: `usable` says for which numba it is known to
work, and with any other `kernel` must not be called. Parts have no numba environment at run time,
so kernels may raise exceptions only with constant arguments, and may not handle Python objects.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numba
from numba.core import codegen, compiler, registry, typed_passes, types, untyped_passes
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.types.functions import BaseFunction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST, BEYOND = (0, 61), (0, 69)
"""The numba releases that this is known to work with, and the first that is not."""

_codegen: Any = codegen
_compiler: Any = compiler
_registry: Any = registry
_types: Any = types
_untyped: Any = untyped_passes
_typed: Any = typed_passes
_functions: Any = BaseFunction
_register: Any = register_pass
_manager: Any = PassManager


def usable() -> bool:
    """Whether this numba is one that `kernel` knows."""
    return FIRST <= numba.version_info.short < BEYOND


def kernel(function: Callable[..., Any], options: dict[str, Any], *, keep: bool) -> Any:  # noqa: ANN401
    """A function that can be called from Python, and by other functions made with this.

    Parameters
    ----------
    options
        As those of ``numba.njit``.
    keep
        Whether machine code is kept on disk, as with ``cache=True``.

    Raises
    ------
    RuntimeError
        If code is to be kept, and the function's source is in no file.
    """
    made = _Function(function, targetoptions=options)
    if keep:
        made.store.enable_caching()
    return made


class _Function(_registry.CPUDispatcher):  # type: ignore[misc]
    """Both sides of a function. numba's own methods see the parts, Python's calls the kernels."""

    def __init__(self, function: Callable[..., Any], targetoptions: dict[str, Any]) -> None:
        options = {**targetoptions, "nopython": True, "boundscheck": None}
        super().__init__(function, targetoptions=options, pipeline_class=_Part)
        self.store = _Kernels(self, options)

    def get_call_template(self, args: Any, kws: Any) -> Any:  # noqa: ANN401
        """Another function calls this one; constants and short integers need no own code."""
        return super().get_call_template([_plain(kind) for kind in args], kws)

    def add_overload(self, cres: Any) -> None:  # noqa: ANN401
        """A part was made: what calls it may find it, Python may not."""
        self.overloads[tuple(cres.signature.args)] = cres

    def _compile_for_args(self, *args: Any, **kws: Any) -> Any:  # noqa: ANN401
        """Python calls with types of arguments that are new."""
        with _in_haste():
            return self.store.compile_for(*args, **kws)


class _Kernels(_registry.CPUDispatcher):  # type: ignore[misc]
    """What of a function Python can call."""

    def __init__(self, function: _Function, options: dict[str, Any]) -> None:
        super().__init__(function.py_func, targetoptions=options, pipeline_class=_Kernel)
        self._function = function

    def add_overload(self, cres: Any) -> None:  # noqa: ANN401
        """A kernel was made, or loaded: from now on calls with such arguments go right there."""
        super().add_overload(cres)
        kinds = [kind._code for kind in cres.signature.args]  # noqa: SLF001
        self._function._insert(kinds, cres.entry_point, cres.objectmode)  # noqa: SLF001

    def compile_for(self, *args: Any, **kws: Any) -> Any:  # noqa: ANN401
        """The result of a first call."""
        return self._compile_for_args(*args, **kws)


def _plain(kind: Any) -> Any:  # noqa: ANN401
    """The type as which a part takes an argument."""
    kind = _types.unliteral(kind)
    if isinstance(kind, _types.Integer) and kind.bitwidth < _types.intp.bitwidth:
        return _types.intp
    return kind


class _Translated(_codegen.JITCodeLibrary):  # type: ignore[misc]
    """The code of a part, as it came."""

    def _optimize_functions(self, ll_module: Any) -> None:  # noqa: ANN401
        pass

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalized = True


class _Optimised(_codegen.JITCodeLibrary):  # type: ignore[misc]
    """The code of a kernel and of all its parts, optimised in one go."""

    def _optimize_functions(self, ll_module: Any) -> None:  # noqa: ANN401
        pass

    def _optimize_final_module(self) -> None:
        super()._optimize_functions(self._final_module)
        passes = self._codegen._module_pass_manager()  # noqa: SLF001
        if isinstance(passes, tuple):
            manager, builder = passes
            manager.run(self._final_module, builder)
        else:  # before numba had LLVM's new passes
            passes.run(self._final_module)


class _Kernel(_compiler.CompilerBase):  # type: ignore[misc]
    """The way from a function to machine code, without what only Python's whole language needs."""

    def define_pipelines(self) -> list[Any]:
        """Numba asks which way a function goes."""
        self.state.flags.no_cfunc_wrapper = True
        self._collect(_Optimised)
        self.state.library.enable_object_caching()
        return [_passes()]

    def _collect(self, library: Any) -> None:  # noqa: ANN401
        name = self.state.func_id.func_qualname
        self.state.library = library(self.state.targetctx.codegen(), name)


class _Part(_Kernel):
    """The first half of that way."""

    def define_pipelines(self) -> list[Any]:
        """Numba asks which way a function goes."""
        flags = self.state.flags
        flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
        self._collect(_Translated)
        return [_passes()]

    def _compile_core(self) -> Any:  # noqa: ANN401
        made = super()._compile_core()
        name = object()
        self.state.targetctx.insert_user_function(name, made.fndesc, [made.library])
        return made._replace(entry_point=name)


@_register(mutates_CFG=False, analysis_only=False)
class _Lowering(_typed.NativeLowering):  # type: ignore[misc]
    _name = "tocsin_lowering"


@_register(mutates_CFG=False, analysis_only=False)
class _Result(_typed.NoPythonBackend):  # type: ignore[misc]
    _name = "tocsin_result"

    def run_pass(self, state: Any) -> bool:  # noqa: ANN401
        state.type_annotation = ""
        return super().run_pass(state)


def _passes() -> Any:  # noqa: ANN401
    manager = _manager("tocsin")
    for one in (
        _untyped.TranslateByteCode,
        _untyped.FixupArgs,
        _untyped.IRProcessing,
        _untyped.GenericRewrites,
        _untyped.ReconstructSSA,
        _typed.NopythonTypeInference,
        _typed.PreLowerStripPhis,
        _typed.IRLegalization,
        _Lowering,
        _Result,
    ):
        manager.add_pass(one, one.__name__)
    manager.finalize()
    return manager


@contextmanager
def _in_haste() -> Iterator[None]:
    """While a kernel is made, remember what an operator gives, and do not look for garbage.

    numba tries all it knows of ``+`` each time that it meets one, twice, which would be a third of
    all the work. It makes many objects and little garbage.
    """
    with global_compiler_lock:
        found: dict[Any, Any] = {}
        search = _functions.get_call_type

        def remembered(self: Any, context: Any, args: Any, kws: Any) -> Any:  # noqa: ANN401
            if kws:
                return search(self, context, args, kws)
            key = (id(self), tuple(args))
            if key not in found:
                found[key] = (search(self, context, args, kws), self)
            return found[key][0]

        collecting = gc.isenabled()
        gc.disable()
        _functions.get_call_type = remembered
        try:
            yield
        finally:
            _functions.get_call_type = search
            if collecting:
                gc.enable()
