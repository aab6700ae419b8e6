"""The run folder: everything a plan says, and what it was made from."""

from pathlib import Path
from typing import Any

from optimizer.evaluation import Evaluation
from optimizer.planning import Plan
from optimizer.problem import Branch, policy_json, to_json, write_text
from optimizer.reporting.plan import plan_structure
from optimizer.reporting.tables import performance_csv, shifts_csv, staffing_csv
from optimizer.reporting.verification import verification_csv, verification_structure

MAYBE = (
    "policy.json", "staffing.csv", "shifts.csv", "performance.csv", "verification.csv", "verification.json",
)  # fmt: skip
"""Files that not every run has: those of an earlier run are taken away."""


def write_run(
    folder: Path, branch: Branch, plan: Plan, today: Evaluation | None, run: dict[str, Any]
) -> tuple[Path, ...]:
    """Write the files of a run; ``run.json`` comes last, so that a folder with it is whole."""
    texts, evaluation = {"result.json": to_json(plan_structure(branch, plan, today))}, plan.result.evaluation
    if evaluation is not None:
        texts["policy.json"] = policy_json(evaluation.policy)
        texts["staffing.csv"] = staffing_csv(branch, evaluation)
        texts["shifts.csv"] = shifts_csv(evaluation)
        texts["performance.csv"] = performance_csv(branch, evaluation)
    if plan.verification is not None:
        texts["verification.csv"] = verification_csv(branch, plan.verification)
        texts["verification.json"] = to_json(verification_structure(branch, plan.verification))
    texts["run.json"] = to_json(run)
    (folder / "run.json").unlink(missing_ok=True)
    for name in MAYBE:
        if name not in texts:
            (folder / name).unlink(missing_ok=True)
    for name, text in texts.items():
        write_text(folder / name, text)
    return tuple(folder / name for name in texts)
