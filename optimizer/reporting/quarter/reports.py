"""Workbook, page and calendars of people: all that is made from the structure of a quarter for people to read."""

import json
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from optimizer.problem import write_bytes
from optimizer.reporting.quarter.calendars import calendar_files, calendar_names
from optimizer.reporting.quarter.words import Language

RESULT = "result.json"
WORKBOOK, PAGE, CALENDARS = "plan.xlsx", "report.html", "calendars"
LIBRARIES = {WORKBOOK: "xlsxwriter", PAGE: "jinja2"}


def lacking() -> list[str]:
    """Libraries that reports need and that are not there."""
    return [name for name in LIBRARIES.values() if find_spec(name) is None]


def reports(structure: dict[str, Any], lang: Language) -> dict[str, bytes]:
    """Workbook, page and calendars of people by file name, as far as their libraries are there.

    Args:
        structure: Contents of ``result.json``.
        lang: Language of all of them.
    """
    made: dict[str, bytes] = {}
    missing = lacking()
    if LIBRARIES[WORKBOOK] not in missing:
        from optimizer.reporting.quarter.workbook import workbook_bytes

        made[WORKBOOK] = workbook_bytes(structure, lang)
    if LIBRARIES[PAGE] not in missing:
        from optimizer.reporting.quarter.page import page_html

        made[PAGE] = page_html(structure, lang).encode()
    return made | {name: text.encode() for name, text in calendar_files(structure, lang).items()}


def calendars_in(folder: Path) -> tuple[str, ...]:
    """Calendars that an earlier run wrote into a folder, by its ``result.json``."""
    try:
        return tuple(calendar_names(json.loads((folder / RESULT).read_text(encoding="utf-8"))).values())
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return ()


def write_reports(folder: Path, made: dict[str, bytes], before: Iterable[str] = ()) -> list[Path]:
    """Write reports.

    Args:
        folder: Where to.
        made: Reports by name.
        before: Calendars of an earlier run; of who is not in this one they are taken away. Nothing else is.
    """
    for name in before:
        if name not in made:
            (folder / name).unlink(missing_ok=True)
    for name, content in made.items():
        write_bytes(folder / name, content)
    calendars = any(name.startswith(CALENDARS) for name in made)
    return [folder / name for name in (WORKBOOK, PAGE) if name in made] + [folder / CALENDARS] * calendars
