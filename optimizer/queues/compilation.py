"""Compilation of kernels to machine code, cached on disk."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])
ARITHMETIC = {"reassoc", "contract", "nsz"}
"""Sums may be reordered and fused, so that loops run on vector registers; infinities and NaN keep their meaning."""


def compiled(function: F) -> F:
    """Compile a function on first use and cache it; it runs without Python's lock."""
    return cast(F, njit(function, cache=True, nogil=True, fastmath=ARITHMETIC))
