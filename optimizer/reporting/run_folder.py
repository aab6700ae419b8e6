"""The run folder: everything a plan says, and what it was made from."""

from pathlib import Path
from typing import Any

from optimizer.evaluation import Evaluation
from optimizer.optimization import Result
from optimizer.problem import Branch, policy_json, to_json, write_text
from optimizer.reporting.structure import result_structure
from optimizer.reporting.tables import performance_csv, shifts_csv, staffing_csv


def write_run(
    folder: Path, branch: Branch, result: Result, today: Evaluation | None, run: dict[str, Any]
) -> tuple[Path, ...]:
    """Write the files of a run; ``run.json`` comes last, so that a folder with it is whole."""
    texts = {"result.json": to_json(result_structure(branch, result, today))}
    if result.evaluation is not None:
        texts["policy.json"] = policy_json(result.evaluation.policy)
        texts["staffing.csv"] = staffing_csv(branch, result.evaluation)
        texts["shifts.csv"] = shifts_csv(result.evaluation)
        texts["performance.csv"] = performance_csv(branch, result.evaluation)
    texts["run.json"] = to_json(run)
    (folder / "run.json").unlink(missing_ok=True)
    for name in ("policy.json", "staffing.csv", "shifts.csv", "performance.csv"):
        if name not in texts:
            (folder / name).unlink(missing_ok=True)
    for name, text in texts.items():
        write_text(folder / name, text)
    return tuple(folder / name for name in texts)
