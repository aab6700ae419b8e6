"""Rosters by column generation: whole schedules of people, chosen by a linear program that prices them."""

from optimizer.rostering.columns.scope import can_price, not_priced
from optimizer.rostering.columns.solve import solve_by_columns

__all__ = ["can_price", "not_priced", "solve_by_columns"]
