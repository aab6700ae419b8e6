"""Rosters by column generation: whole schedules of people, chosen by a linear program that prices them."""

from optimizer.rostering.columns.person import can_price, not_priced

__all__ = ["can_price", "not_priced"]
