"""Compilation of kernels to machine code, cached on disk."""

import ast
import hashlib
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])
PROGRAM = __name__.partition(".")[0]
ARITHMETIC = {"reassoc", "contract", "nsz"}
"""Sums may be reordered and fused, so that loops run on vector registers; infinities and NaN keep their meaning."""

UNCOUNTED: dict[str, Any] = {"_nrt": False}


def compiled(function: F) -> F:
    """Compile a function on first use and cache it; it runs without Python's lock."""
    return cast(F, njit(_told_apart(function), cache=True, nogil=True, fastmath=ARITHMETIC))


def event_loop(function: F) -> F:
    """Compile like ``compiled`` a function that makes no array.

    It counts no references to the arrays that it is given, which takes longer than the work where there are many.
    """
    return cast(F, njit(_told_apart(function), cache=True, nogil=True, fastmath=ARITHMETIC, **UNCOUNTED))


def inlined(function: F) -> F:
    """Compile a function for event loops alone: its body takes the place of the call."""
    return cast(F, njit(function, nogil=True, forceinline=True, fastmath=ARITHMETIC, **UNCOUNTED))


def _told_apart(function: F) -> F:
    """The function under a name that changes with what it is made of, so that an old cache is not mistaken for it."""
    function.__qualname__ = f"{function.__qualname__}_{_digest(function.__module__)}"
    return function


@cache
def _digest(module: str) -> str:
    """Digest of a module and all that it imports of this program.

    A cached function holds copies of those it calls, and numba watches only the file that it is in.
    """
    sources = {name: _source(name) for name in sorted(_imported(module, set()))}
    return hashlib.sha256(b"".join(sources.values())).hexdigest()[:8]


def _imported(module: str, known: set[str]) -> set[str]:
    """The module and those of this program that it imports, directly or through others."""
    if module not in known:
        known.add(module)
        for name in _imports(module):
            _imported(name, known)
    return known


@cache
def _imports(module: str) -> list[str]:
    """Modules of this program that a module imports at its top."""
    found = [node.module for node in ast.parse(_source(module)).body if isinstance(node, ast.ImportFrom)]
    return [name for name in found if name and name.startswith(f"{PROGRAM}.")]


@cache
def _source(module: str) -> bytes:
    spec = find_spec(module)
    return b"" if spec is None or spec.origin is None else Path(spec.origin).read_bytes()
