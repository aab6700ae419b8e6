"""The examples in the docstrings of this room run, and say what they promise."""

import doctest
import importlib
import pkgutil

import pytest

import optimizer.queues

MODULES = sorted(m.name for m in pkgutil.walk_packages(optimizer.queues.__path__, "optimizer.queues."))


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_the_docstrings_run(module):
    assert doctest.testmod(importlib.import_module(module)).failed == 0
