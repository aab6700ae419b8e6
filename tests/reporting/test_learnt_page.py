import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from optimizer.calibration.amounts import amounts_of
from optimizer.calibration.branch_writing import written_branch
from optimizer.calibration.guessing import guess_mapping
from optimizer.calibration.learning import learn
from optimizer.calibration.reading import read_log
from optimizer.problem import to_json
from optimizer.reporting.learnt import learnt_lines, learnt_sections, learnt_structure
from optimizer.reporting.learnt_charts import amounts_chart

pytest.importorskip("jinja2")

from optimizer.reporting.learnt_page import learnt_page


@pytest.fixture(scope="module")
def found(bank_log):
    learnt = learn(read_log(bank_log, guess_mapping(bank_log).mapping))
    return learnt, written_branch(learnt, name="大安 <Main & street>")


@pytest.fixture(scope="module")
def page(found):
    return learnt_page(*found)


def test_the_page_fetches_nothing(page):
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!#)", page.replace("xlink:href", "href"))
    assert "<script" not in page
    assert "url(http" not in page


def test_names_cannot_become_markup(page):
    assert "<Main" not in page
    assert "大安 &lt;Main &amp; street&gt;" in page


def test_every_chart_is_an_image_that_can_be_read(page, found):
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    learnt, _ = found
    assert len(drawings) == 2 + 1 + 3 + 2  # day types, calendar, services, tiers
    for drawing in drawings:
        assert ET.fromstring(drawing).tag.endswith("svg")
    assert len(page) < 400_000
    assert {times.transaction for times in learnt.services} == {"deposit", "withdrawal", "opening"}


def test_the_page_says_what_was_learnt_and_what_was_not(page, found):
    learnt, written = found
    text = re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>|<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))
    for words in ("What was read", "What was doubted", "Who comes", "Which days are alike", "How long services last"):
        assert words in text
    for times in learnt.services:
        assert f"{times.mean.value:.3g}" in text
    for entry in written.entries:
        if entry.source.value == "assumed":
            assert entry.what in text
    assert "skills.teller.wage 60 yuan per hour" in text


def test_the_same_log_makes_the_same_page(found):
    assert learnt_page(*found) == learnt_page(*found)


def test_amounts_are_drawn():
    rng = np.random.default_rng(2)
    values, counts = np.unique(np.round(np.exp(rng.normal(8, 1, 500)), -2) + 100, return_counts=True)
    assert ET.fromstring(amounts_chart(amounts_of(values, counts))).tag.endswith("svg")


def test_sections_and_structure_say_the_same_numbers(found):
    learnt, written = found
    structure = learnt_structure(*found)
    assert to_json(structure).count('"standard_error"') > 100
    times = {(s["channel"], s["transaction"]): s["mean"]["value"] for s in structure["service_times"]}
    rows = {row[0]: row[1] for section in learnt_sections(*found) for row in section.rows}
    for (channel, transaction), mean in times.items():
        assert rows[f"service time: {channel}, {transaction}"].startswith(f"{mean:.3g} min")
    assert sum(len(section.rows) for section in learnt_sections(*found)) >= len(written.entries)
    assert any("3,547 customers on 20 days" in line for line in learnt_lines(learnt, written))
