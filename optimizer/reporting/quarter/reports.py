"""Workbook, page and calendars of people: all that is made from the structure of a quarter for people to read."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from optimizer.problem import write_bytes, write_text
from optimizer.reporting.quarter.calendars import calendar_files
from optimizer.reporting.quarter.words import Language

WORKBOOK, PAGE, CALENDARS = "plan.xlsx", "report.html", "calendars"
LIBRARIES = {WORKBOOK: "xlsxwriter", PAGE: "jinja2"}


def lacking() -> list[str]:
    """Libraries that reports need and that are not there."""
    return [name for name in LIBRARIES.values() if find_spec(name) is None]


def write_reports(folder: Path, structure: dict[str, Any], lang: Language) -> list[Path]:
    """Write workbook, page and calendars of people, as far as their libraries are there.

    Args:
        folder: Where they go.
        structure: Contents of ``result.json``.
        lang: Language of all of them.
    """
    written = []
    missing = lacking()
    if LIBRARIES[WORKBOOK] not in missing:
        from optimizer.reporting.quarter.workbook import workbook_bytes

        write_bytes(folder / WORKBOOK, workbook_bytes(structure, lang))
        written.append(folder / WORKBOOK)
    if LIBRARIES[PAGE] not in missing:
        from optimizer.reporting.quarter.page import page_html

        write_text(folder / PAGE, page_html(structure, lang))
        written.append(folder / PAGE)
    calendars = calendar_files(structure, lang)
    for old in (folder / CALENDARS).glob("*.ics"):
        if f"{CALENDARS}/{old.name}" not in calendars:
            old.unlink()
    for name, text in calendars.items():
        write_text(folder / name, text)
    return written + ([folder / CALENDARS] if calendars else [])
