"""How a queue behaves: pure functions of numbers and arrays, with no idea of a bank.

``stationary`` holds queues in the long run, ``transient`` a day of changing rates and servers, ``bounds`` what an
optimizer needs of it. docs/queues.md says which function answers which question, and how exact it is.
"""

from optimizer.queues.bounds.monotone import LeastDay, MonotoneQueue, least_day
from optimizer.queues.bounds.paths import cheapest_path
from optimizer.queues.bounds.tables import PeriodTables, pair_tables
from optimizer.queues.stationary.ageing import accumulating_priority, head_start_priority
from optimizer.queues.stationary.breakdowns import availability, breakdown_queue, servers_up
from optimizer.queues.stationary.deterministic import deterministic_service
from optimizer.queues.stationary.diversion import balking_queue, threshold_diversion
from optimizer.queues.stationary.erlang import erlang_a, erlang_b, erlang_c
from optimizer.queues.stationary.general_service import allen_cunneen, general_service, kimura, slowness, whitt
from optimizer.queues.stationary.inversion import inverse_laplace
from optimizer.queues.stationary.least_servers import least_servers
from optimizer.queues.stationary.measures import StationaryQueue, WaitingTime, tabulate
from optimizer.queues.stationary.overflow import (
    Traffic,
    equivalent_random_blocking,
    erlang_b_continued,
    hayward_blocking,
    overflow_traffic,
)
from optimizer.queues.stationary.phase_type import PhaseType, erlang_mixture, hyperexponential, phase_type_fit
from optimizer.queues.stationary.phase_type_service import phase_type_service
from optimizer.queues.stationary.priority import priority_approximation, priority_queue
from optimizer.queues.stationary.service_mixture import Work, mixture, ticket_queue, tickets
from optimizer.queues.stationary.service_rules import TwoLengthQueue, service_rules_queue, service_rules_shortcut
from optimizer.queues.stationary.stages import departure_scv, tandem
from optimizer.queues.stationary.tiers import PriorityQueue
from optimizer.queues.transient.breakdowns import BreakdownDay, breakdown_day
from optimizer.queues.transient.busy_days import busy_day_factor, expected_day, over_busy_days
from optimizer.queues.transient.day import TransientDay, transient_day
from optimizer.queues.transient.kernel import QUEUE_ONLY
from optimizer.queues.transient.period_by_period import (
    PeriodByPeriod,
    lagged_sipp,
    modified_offered_load,
    sipp,
    stationary_backlog_carryover,
)
from optimizer.queues.transient.priority import PriorityDay, priority_day
from optimizer.queues.transient.service_rules import RulesDay, service_rules_day
from optimizer.queues.transient.tandem import Stage, tandem_day

__all__ = [
    "QUEUE_ONLY",
    "BreakdownDay",
    "LeastDay",
    "MonotoneQueue",
    "PeriodByPeriod",
    "PeriodTables",
    "PhaseType",
    "PriorityDay",
    "PriorityQueue",
    "RulesDay",
    "Stage",
    "StationaryQueue",
    "Traffic",
    "TransientDay",
    "TwoLengthQueue",
    "WaitingTime",
    "Work",
    "accumulating_priority",
    "allen_cunneen",
    "availability",
    "balking_queue",
    "breakdown_day",
    "breakdown_queue",
    "busy_day_factor",
    "cheapest_path",
    "departure_scv",
    "deterministic_service",
    "equivalent_random_blocking",
    "erlang_a",
    "erlang_b",
    "erlang_b_continued",
    "erlang_c",
    "erlang_mixture",
    "expected_day",
    "general_service",
    "hayward_blocking",
    "head_start_priority",
    "hyperexponential",
    "inverse_laplace",
    "kimura",
    "lagged_sipp",
    "least_day",
    "least_servers",
    "mixture",
    "modified_offered_load",
    "over_busy_days",
    "overflow_traffic",
    "pair_tables",
    "phase_type_fit",
    "phase_type_service",
    "priority_approximation",
    "priority_day",
    "priority_queue",
    "servers_up",
    "service_rules_day",
    "service_rules_queue",
    "service_rules_shortcut",
    "sipp",
    "slowness",
    "stationary_backlog_carryover",
    "tabulate",
    "tandem",
    "tandem_day",
    "threshold_diversion",
    "ticket_queue",
    "tickets",
    "transient_day",
    "whitt",
]  # fmt: skip
