"""What has been worked out once and serves many regimes: flows of customers, and exact days of channels."""

from dataclasses import dataclass, field, replace

from optimizer.evaluation import ChannelDay, ChannelDemand, DayFlows, Regime, channel_day, day_flows
from optimizer.problem import Branch

Levels = tuple[int, ...]


@dataclass
class Known:
    """Flows and days of one branch; a rule at the windows moves no machine, a threshold on cash no other role."""

    branch: Branch
    _flows: dict[tuple[str, Regime], DayFlows] = field(default_factory=dict)
    _days: dict[tuple[object, Levels], ChannelDay] = field(default_factory=dict)

    def flows(self, day_type: str, regime: Regime) -> DayFlows:
        """Flows under a regime; pitches and calls do not move them, and forms only by where they are filled in."""
        key = (day_type, replace(regime, form_at_window_below=min(regime.form_at_window_below, 1), pitch_below=0,
                                 calls=None))  # fmt: skip
        if key not in self._flows:
            self._flows[key] = day_flows(self.branch, day_type, regime)
        return self._flows[key]

    def day(self, demand: ChannelDemand, levels: Levels) -> ChannelDay:
        """The exact day of a channel with these servers by period."""
        key = (demand.key, levels)
        if key not in self._days:
            self._days[key] = channel_day(demand, levels)
        return self._days[key]
