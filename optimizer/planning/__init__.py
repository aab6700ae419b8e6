"""Solve, doubt, tighten, staff: the only place that joins the optimizer, the verdict, the calendar and the roster."""

from optimizer.planning.doubt import Doubt, Plan, Tightening, plan

__all__ = ["Doubt", "Plan", "Tightening", "plan"]
