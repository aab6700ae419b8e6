"""Compilation of kernels to machine code, cached on disk."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])
ARITHMETIC = {"reassoc", "contract", "nsz"}
"""Sums may be reordered and fused, so that loops run on vector registers; infinities and NaN keep their meaning."""
SOURCES = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))).hexdigest()
"""Digest of the kernels' sources: a cached function holds copies of those it calls, which the cache does not watch."""


def compiled(function: F) -> F:
    """Compile a function on first use and cache it; it runs without Python's lock."""
    function.__qualname__ = f"{function.__qualname__}_{SOURCES[:8]}"
    return cast(F, njit(function, cache=True, nogil=True, fastmath=ARITHMETIC))
