"""How a queue behaves: pure functions of numbers."""

from optimizer.queues.paths import cheapest_path
from optimizer.queues.stationary import erlang_a, erlang_b, erlang_c
from optimizer.queues.tables import PeriodTables, pair_tables
from optimizer.queues.transient import TransientDay, transient_day

__all__ = [
    "PeriodTables", "TransientDay", "cheapest_path", "erlang_a", "erlang_b", "erlang_c", "pair_tables",
    "transient_day",
]  # fmt: skip
