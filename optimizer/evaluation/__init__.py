"""What a policy yields: flows between stages, performance of each channel, cost, targets."""

from optimizer.evaluation.channel import ChannelDay, RankDay, channel_day
from optimizer.evaluation.costs import COST_NAMES, UNDECIDED, channel_costs, flow_costs, shift_cost, unavoidable_cost
from optimizer.evaluation.demand import ChannelDemand, RankDemand, channel_demand
from optimizer.evaluation.evaluate import (
    DayEvaluation,
    Evaluation,
    evaluate,
    evaluate_day,
    regime_channels,
)  # fmt: skip
from optimizer.evaluation.flows import DayFlows, day_flows
from optimizer.evaluation.promises import (
    Promise,
    applies,
    day_promises,
    diverted_promises,
    meets,
    target_limit,
    target_terms,
)
from optimizer.evaluation.regime import Regime, all_regimes
from optimizer.evaluation.rules import broken_rules, role_periods, role_time_kept, shift_breach
from optimizer.evaluation.unevaluated import unevaluated

__all__ = [
    "COST_NAMES", "UNDECIDED", "ChannelDay", "ChannelDemand", "DayEvaluation", "DayFlows", "Evaluation", "Promise",
    "RankDay", "RankDemand", "Regime", "all_regimes", "applies", "broken_rules", "channel_costs", "channel_day",
    "channel_demand", "day_flows", "day_promises", "diverted_promises", "evaluate", "evaluate_day", "flow_costs",
    "meets",
    "regime_channels", "role_periods", "role_time_kept", "shift_breach", "shift_cost", "target_limit", "target_terms",
    "unavoidable_cost", "unevaluated",
]  # fmt: skip
