"""Says results: text, JSON, tables; computes nothing."""

from optimizer.reporting.plan import doubt_lines, plan_structure, verification_line
from optimizer.reporting.run_folder import write_run
from optimizer.reporting.simulation import (
    COSTS_NOTE,
    DRAWN_NOTE,
    PAIRS_NOTE,
    comparison_sections,
    replay_sections,
    simulation_sections,
)
from optimizer.reporting.simulation_files import (
    comparison_structure,
    events_csv,
    replay_csv,
    replay_structure,
    simulation_csv,
    simulation_structure,
    write_files,
)
from optimizer.reporting.structure import evaluation_structure, result_structure
from optimizer.reporting.text import Section, policy_sections, result_lines, saving_line, verdict_lines
from optimizer.reporting.verification import (
    verification_csv,
    verification_lines,
    verification_sections,
    verification_structure,
)

__all__ = [
    "COSTS_NOTE", "DRAWN_NOTE", "PAIRS_NOTE", "Section", "comparison_sections", "comparison_structure",
    "doubt_lines", "evaluation_structure", "events_csv", "plan_structure", "policy_sections", "replay_csv",
    "replay_sections", "replay_structure", "result_lines", "result_structure", "saving_line", "simulation_csv",
    "simulation_sections", "simulation_structure", "verdict_lines", "verification_csv", "verification_line",
    "verification_lines", "verification_sections", "verification_structure", "write_files", "write_run",
]  # fmt: skip
