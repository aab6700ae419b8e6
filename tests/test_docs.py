"""The examples in the guides run, and say what they promise."""

import doctest
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(page):
    """The sessions of a page as one, blank lines in place of all else, so that a failure names its line."""
    text = page.read_text(encoding="utf-8")
    lines, end = [], 0
    for block in BLOCK.finditer(text):
        lines.append("\n" * text.count("\n", end, block.start(1)))
        lines.append(block[1])
        end = block.end(1)
    return doctest.DocTestParser().get_doctest("".join(lines), {}, page.name, str(page), 0)


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_the_examples_of_a_guide_run(page):
    assert doctest.DocTestRunner().run(examples(page)).failed == 0


def test_the_guide_of_the_queues_has_examples():
    assert len(examples(DOCS / "queues.md").examples) > 15
