"""The run folder of a quarter: everything a plan says, and what it was made from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from optimizer.planning.quarter import QuarterPlan
from optimizer.problem import policy_json, to_json, write_text
from optimizer.reporting.quarter.earlier import POLICY, RULES, STAFF
from optimizer.reporting.quarter.reports import PAGE, RESULT, WORKBOOK, calendars_in, reports, write_reports
from optimizer.reporting.quarter.words import Language
from optimizer.reporting.tables import csv_text, performance_csv, shifts_csv, staffing_csv
from optimizer.reporting.verification import verification_csv, verification_structure

TABLES = ("calendar", "roster", "people", "uncovered", "frontier")
MAYBE = ("verification.csv", "verification.json", WORKBOOK, PAGE, *(f"{name}.csv" for name in TABLES))
"""Files that not every run has: those of an earlier run are taken away."""


def write_quarter(
    folder: Path, plan: QuarterPlan, structure: dict[str, Any], run: dict[str, Any], lang: Language
) -> tuple[Path, ...]:
    """Write the files of a planned quarter; ``run.json`` comes last, so that a folder with it is whole."""
    made, before = reports(structure, lang), calendars_in(folder)
    texts = {
        RESULT: to_json(structure),
        POLICY: policy_json(plan.evaluation.policy),
        STAFF: plan.staff.model_dump_json(indent=2) + "\n",
        RULES: plan.rules.model_dump_json(indent=2) + "\n",
        "staffing.csv": staffing_csv(plan.staffed, plan.evaluation),
        "shifts.csv": shifts_csv(plan.evaluation),
        "performance.csv": performance_csv(plan.staffed, plan.evaluation),
        **dict(tables(structure)),
    }
    if plan.verification is not None:
        texts["verification.csv"] = verification_csv(plan.staffed, plan.verification)
        texts["verification.json"] = to_json(verification_structure(plan.staffed, plan.verification))
    (folder / "run.json").unlink(missing_ok=True)
    for name in MAYBE:
        (folder / name).unlink(missing_ok=True)
    for name, text in texts.items():
        write_text(folder / name, text)
    written = [folder / name for name in texts]
    written += write_reports(folder, made, before)
    write_text(folder / "run.json", to_json(run))
    return (*written, folder / "run.json")


def tables(structure: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Long tables of the structure as CSV, for spreadsheets."""
    for name in TABLES:
        rows = structure[name]
        if rows:
            header = [key for key, value in rows[0].items() if not isinstance(value, dict)]
            yield f"{name}.csv", csv_text(header, [[_cell(row[key]) for key in header] for row in rows])


def _cell(value: Any) -> Any:
    return "|".join(map(str, value)) if isinstance(value, list) else value
