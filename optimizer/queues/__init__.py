"""How a queue behaves: pure functions of numbers."""

from optimizer.queues.bounds.monotone import LeastDay, MonotoneQueue, least_day
from optimizer.queues.bounds.paths import cheapest_path
from optimizer.queues.bounds.tables import PeriodTables, pair_tables
from optimizer.queues.stationary.erlang import erlang_a, erlang_b, erlang_c
from optimizer.queues.stationary.measures import StationaryQueue, WaitingTime
from optimizer.queues.transient.breakdowns import BreakdownDay, breakdown_day
from optimizer.queues.transient.busy_days import busy_day_factor, expected_day, over_busy_days
from optimizer.queues.transient.day import TransientDay, transient_day
from optimizer.queues.transient.kernel import QUEUE_ONLY
from optimizer.queues.transient.priority import PriorityDay, priority_day
from optimizer.queues.transient.service_rules import RulesDay, service_rules_day

__all__ = [
    "QUEUE_ONLY",
    "BreakdownDay",
    "LeastDay",
    "MonotoneQueue",
    "PeriodTables",
    "PriorityDay",
    "RulesDay",
    "StationaryQueue",
    "TransientDay",
    "WaitingTime",
    "breakdown_day",
    "busy_day_factor",
    "cheapest_path",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "expected_day",
    "least_day",
    "over_busy_days",
    "pair_tables",
    "priority_day",
    "service_rules_day",
    "transient_day",
]  # fmt: skip
