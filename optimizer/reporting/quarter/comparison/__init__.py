"""Two planned quarters beside each other."""

from optimizer.reporting.quarter.comparison.structure import comparison_structure
from optimizer.reporting.quarter.comparison.text import comparison_sections

__all__ = ["comparison_sections", "comparison_structure"]
