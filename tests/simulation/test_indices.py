"""Natural numbers: compiled code takes them as they are, and what is not compiled refuses others."""

import os
import subprocess
import sys

import pytest
from numba import njit

from optimizer.simulation.indices import _checked, natural


def test_a_natural_number_is_itself_where_it_is_compiled():
    half = njit(lambda number: natural(number) // 2)
    assert [half(number) for number in (0, 1, 2**40)] == [0, 0, 2**39]


def test_a_negative_number_is_refused_where_nothing_is_compiled():
    with pytest.raises(IndexError, match="-1: negative"):
        _checked(-1)


def test_what_is_not_compiled_is_checked():
    code = "from optimizer.simulation import indices; raise SystemExit(indices.natural is not indices._checked)"
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
