"""A quarter as a workbook: what a planner opens, prints and passes on."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from optimizer.reporting.quarter.words import Language
from optimizer.reporting.quarter.workbook.answers import write_changes, write_hiring, write_why
from optimizer.reporting.quarter.workbook.book import Book, Sheet
from optimizer.reporting.quarter.workbook.costs import write_costs, write_frontier
from optimizer.reporting.quarter.workbook.days import write_calendar, write_dates
from optimizer.reporting.quarter.workbook.people import write_people, write_shifts, write_uncovered
from optimizer.reporting.quarter.workbook.roster import write_roster
from optimizer.reporting.quarter.workbook.service import write_service
from optimizer.reporting.quarter.workbook.staffing import write_plans, write_staffing
from optimizer.reporting.quarter.workbook.summary import write_assumptions, write_notes, write_posters, write_summary

__all__ = ["workbook_bytes"]

Writer = Callable[[Sheet, Mapping[str, Any]], None]
SHEETS: tuple[tuple[str, str, str | None, Writer], ...] = (
    ("Summary", "概要", None, write_summary),
    ("Posters", "分流告示", None, write_posters),
    ("Calendar", "日历", None, write_calendar),
    ("Dates", "逐日", None, write_dates),
    ("Staffing", "窗口安排", None, write_staffing),
    ("Plans", "方案", None, write_plans),
    ("Roster", "排班表", "roster", write_roster),
    ("Shifts", "班次明细", "roster", write_shifts),
    ("People", "人员", "people", write_people),
    ("Uncovered", "缺岗", "uncovered", write_uncovered),
    ("Costs", "成本", None, write_costs),
    ("Service", "服务水平", None, write_service),
    ("Frontier", "成本与等候", "frontier", write_frontier),
    ("Hiring", "用工", "hiring", write_hiring),
    ("Why", "为什么", "why", write_why),
    ("Changes", "调整", "replan", write_changes),
    ("Assumptions", "假设", "assumptions", write_assumptions),
    ("Notes", "说明", None, write_notes),
)
"""Sheets in their order: English, Chinese, the part of the structure without which there is none, and who writes it."""


def workbook_bytes(structure: Mapping[str, Any], lang: Language = "en") -> bytes:
    """The workbook as the bytes of its file; the same structure makes the same bytes.

    Args:
        structure: a quarter, as in ``result.json``.
        lang: language of sheets, headings, dates and numbers; names stay as the files have them.
    """
    finished = datetime.fromisoformat(structure["run"]["finished"]).replace(tzinfo=None)
    book = Book(lang, f"{structure['branch']} {structure['quarter']}", finished)
    made = [(write, book.sheet(en, zh)) for en, zh, part, write in SHEETS if part is None or structure[part]]
    for write, sheet in made:
        write(sheet, structure)
    return book.close()
