"""Says results: text, JSON, tables; computes nothing."""

from optimizer.reporting.plan import doubt_lines, verification_line
from optimizer.reporting.run_folder import write_run
from optimizer.reporting.structure import evaluation_structure, result_structure
from optimizer.reporting.text import Section, policy_sections, result_lines, saving_line, verdict_lines
from optimizer.reporting.verification import (
    verification_csv,
    verification_lines,
    verification_sections,
    verification_structure,
)

__all__ = [
    "Section", "doubt_lines", "evaluation_structure", "policy_sections", "result_lines", "result_structure",
    "saving_line", "verdict_lines", "verification_csv", "verification_line", "verification_lines",
    "verification_sections", "verification_structure", "write_run",
]  # fmt: skip
