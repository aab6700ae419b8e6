"""How a queue behaves: pure functions of numbers."""

from optimizer.queues.bounds.paths import cheapest_path
from optimizer.queues.bounds.tables import PeriodTables, pair_tables
from optimizer.queues.stationary.erlang import erlang_a, erlang_b, erlang_c
from optimizer.queues.stationary.measures import StationaryQueue, WaitingTime
from optimizer.queues.transient.day import TransientDay, transient_day

__all__ = [
    "PeriodTables", "StationaryQueue", "TransientDay", "WaitingTime", "cheapest_path", "erlang_a", "erlang_b",
    "erlang_c", "pair_tables", "transient_day",
]  # fmt: skip
