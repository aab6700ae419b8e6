"""One thread for linear algebra: a measurement needs the cores that more of them would fight for."""

import os
import sys

ONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def one_thread() -> None:
    """Start the program again unless the environment that numpy reads when it is loaded says one thread."""
    if any(os.environ.get(name) != value for name, value in ONE.items()):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | ONE)
