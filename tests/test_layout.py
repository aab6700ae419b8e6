"""Which room may import which: the table of the layout, held on the source of every module.

Simulation stands apart from queues and evaluation because agreement between two computations is evidence only if they
share no formula.
"""

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "optimizer"
RESULTS = {"errors", "problem", "queues", "evaluation", "optimization", "simulation", "calibration", "verification",
           "planning", "rostering"}  # fmt: skip

# Rooms that a room may import, and third-party packages; the standard library is free.
TABLE = {
    "errors": (set(), set()),
    "compilation": (set(), {"numba"}),
    "queues": ({"errors", "compilation"}, {"numpy", "scipy", "numba"}),
    "problem": ({"errors"}, {"numpy", "pydantic"}),
    "evaluation": ({"errors", "queues", "problem"}, {"numpy"}),
    "simulation": ({"errors", "problem", "compilation"}, {"numpy", "numba"}),
    "calibration": (
        {"errors", "problem"},
        {"numpy", "scipy", "duckdb", "python_calamine", "statsmodels", "holidays", "pydantic", "pydantic_core"},
    ),
    "optimization": ({"errors", "problem", "queues", "evaluation"}, {"numpy", "ortools"}),
    "rostering": ({"errors", "problem", "optimization", "compilation"}, {"numpy", "ortools"}),
    "verification": ({"errors", "problem", "evaluation", "simulation"}, {"numpy"}),
    "planning": (
        {"errors", "problem", "evaluation", "simulation", "calibration", "optimization", "verification", "rostering"},
        set(),
    ),
    "reporting": (RESULTS, {"jinja2", "xlsxwriter", "matplotlib"}),
    "cli": (RESULTS | {"reporting"}, {"click", "rich"}),
    "__init__": (set(), set()),
    "__main__": ({"cli"}, set()),
}


def imported(source, package):
    """Absolute names that a module imports, inside functions too; ``package`` holds the module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            yield from (".".join([*base, *filter(None, [node.module]), alias.name]) for alias in node.names)


def breaches(room, source, package="optimizer"):
    """Imports of a module that the table does not permit to its room."""
    rooms, packages = TABLE[room]
    for name in imported(source, package):
        top, _, rest = name.partition(".")
        if top == "optimizer":
            target = rest.partition(".")[0]
            if target in TABLE and target not in rooms | {room}:
                yield name
        elif top not in packages and top not in sys.stdlib_module_names:
            yield name


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_room_has_its_line():
    assert {room_of(path) for path in modules()} <= set(TABLE)


def test_the_rooms_of_the_program_are_found():
    assert {"errors", "problem", "queues", "evaluation", "optimization", "reporting", "cli"} <= set(
        map(room_of, modules())
    )


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_what_its_room_may(path):
    package = ".".join(path.relative_to(PACKAGE.parent).parent.parts)
    assert list(breaches(room_of(path), path.read_text(encoding="utf-8"), package)) == []


def test_no_line_of_the_table_permits_a_circle():
    order = []
    while left := [room for room in TABLE if room not in order]:
        free = [room for room in left if TABLE[room][0] <= set(order)]
        assert free, left
        order += free


def test_nobody_imports_the_command_line():
    assert [room for room, (rooms, _) in TABLE.items() if "cli" in rooms] == ["__main__"]


@pytest.mark.parametrize(
    ("room", "source", "told"),
    [
        ("simulation", "from optimizer.problem import Branch\nimport numpy as np, math", []),
        ("simulation", "from optimizer.simulation.day import Day", []),
        ("simulation", "from optimizer.queues import transient_day", ["optimizer.queues.transient_day"]),
        ("simulation", "import optimizer.evaluation.costs", ["optimizer.evaluation.costs"]),
        ("simulation", "from optimizer import evaluation", ["optimizer.evaluation"]),
        ("simulation", "def f():\n    from optimizer.queues import x", ["optimizer.queues.x"]),
        ("simulation", "from ..queues.transient import x", ["optimizer.queues.transient.x"]),
        ("simulation", "from .. import queues", ["optimizer.queues"]),
        ("simulation", "from .day import x", []),
        ("queues", "from optimizer.errors import InvalidParameterError\nfrom scipy.special import gammaln", []),
        ("queues", "from optimizer.problem import Branch", ["optimizer.problem.Branch"]),
        ("queues", "import pydantic", ["pydantic"]),
        ("problem", "import scipy.stats", ["scipy.stats"]),
        ("evaluation", "if True:\n    import ortools", ["ortools"]),
        ("errors", "import numpy", ["numpy"]),
        ("errors", "from dataclasses import dataclass", []),
        ("reporting", "from optimizer.cli.screen import show", ["optimizer.cli.screen.show"]),
        ("planning", "import numpy", ["numpy"]),
        ("cli", "from optimizer import __version__", []),
        ("__main__", "from optimizer.cli import main", []),
        ("__init__", "from optimizer.cli import main", ["optimizer.cli.main"]),
    ],
)
def test_the_table_permits_and_forbids(room, source, told):
    package = "optimizer" if room.startswith("__") else f"optimizer.{room}"
    assert list(breaches(room, source, package)) == told
