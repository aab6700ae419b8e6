import io

import pytest

pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")
pytest.importorskip("openpyxl")

import openpyxl
from openpyxl.utils import coordinate_to_tuple
from python_calamine import CalamineWorkbook

from optimizer.reporting.quarter.workbook import workbook_bytes

ALL = ["Summary", "Posters", "Calendar", "Dates", "Staffing", "Roster", "Shifts", "People", "Uncovered", "Costs",
       "Service", "Frontier", "Hiring", "Why", "Changes", "Assumptions", "Notes"]  # fmt: skip


class Read:
    """A workbook read back: values as a program sees them, and formulas."""

    def __init__(self, content):
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        self.sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
        self.formulas = openpyxl.load_workbook(io.BytesIO(content))

    def value(self, sheet, cell):
        row, column = coordinate_to_tuple(cell)
        return self.sheets[sheet][row - 1][column - 1]

    def named(self, name):
        """Formula and cached value of a cell with a name of its own."""
        ((sheet, cell),) = self.formulas.defined_names[name].destinations
        cell = cell.replace("$", "")
        return self.formulas[sheet][cell].value, self.value(sheet, cell)

    def texts(self):
        return [cell for rows in self.sheets.values() for row in rows for cell in row if isinstance(cell, str) and cell]


@pytest.fixture(scope="module")
def english(quarter_structure):
    return Read(workbook_bytes(quarter_structure, "en"))


@pytest.fixture(scope="module")
def chinese(quarter_structure):
    return Read(workbook_bytes(quarter_structure, "zh"))


def test_the_sheets_come_in_their_order(english, chinese):
    assert list(english.sheets) == ALL
    assert len(chinese.sheets) == len(ALL)
    assert list(chinese.sheets)[:3] == ["概要", "分流告示", "日历"]


@pytest.mark.parametrize("lang", ["english", "chinese"])
def test_totals_are_sums_and_equal_the_structure(lang, request, quarter_structure):
    book, q = request.getfixturevalue(lang), quarter_structure
    expected = {
        "total_cost": q["cost"],
        "erlang_cost": q["erlang"]["cost"],
        "today_cost": q["today"]["cost"],
        "total_customers": sum(row["customers"] for row in q["calendar"]),
        "total_people_days": len(q["roster"]),
        "total_missing": sum(row["uncovered"] for row in q["calendar"]),
        "total_uncovered": sum(row["people"] for row in q["uncovered"]),
        "total_shift_hours": sum(row["hours"] for row in q["roster"]),
        "total_hours": sum(person["worked_hours"] for person in q["people"]),
        "total_overtime_hours": sum(person["overtime_hours"] for person in q["people"]),
        "total_pay": sum(person["pay"] for person in q["people"]),
        "total_diverted": sum(poster["customers"] for poster in q["posters"]),
        "total_heads": sum(head["people"] for head in q["hiring"]["heads"]),
    }
    for name, value in expected.items():
        formula, cached = book.named(name)
        assert formula.startswith("=SUM("), name
        assert cached == pytest.approx(value), name
