"""Indices that are read from other arrays, as nearly all are in an event loop."""

from collections.abc import Callable
from typing import Any, cast

from numba import config, types
from numba.extending import intrinsic


def _checked(number: int) -> int:
    """The number itself, in code that is not compiled."""
    if number < 0:
        raise IndexError(f"{number}: negative")
    return number


def _assumed(_: Any, number: Any) -> Any:
    """Type of a number that compiled code may take for natural, and its code: none, but for what the compiler knows."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (value,) = arguments
        builder.assume(builder.icmp_signed(">=", value, value.type(0)))
        return value

    return types.int64(types.int64), generate


_settings: Any = config
natural = cast(Callable[[int], int], _checked if _settings.DISABLE_JIT else intrinsic(_assumed))
"""A number that is known not to be negative.

Arrays are then read at it without looking whether it counts from the end, which would take a fifth of the time of a
day. It must be true: where nothing is compiled, a negative number raises an IndexError.
"""
