"""What has been worked out once and serves many regimes: flows of customers, exact days of channels, bounds."""

from dataclasses import dataclass, field, replace
from math import inf

from optimizer.evaluation import ChannelDay, ChannelDemand, DayFlows, Regime, channel_day, day_flows
from optimizer.problem import Branch

Levels = tuple[int, ...]


@dataclass
class Proven:
    """What is proven of a day under all regimes that have the same minorant.

    These differ by pitches, or by the number below which forms are filled in at the window: work that the minorant
    leaves out, and income that it grants in full, as a constant.
    """

    beyond: float = -inf
    """Least cost beyond the constant [yuan a day]."""


@dataclass
class Known:
    """Flows, days and bounds of one branch.

    A rule at the windows moves no machine, a threshold on cash no other role.
    """

    branch: Branch
    _flows: dict[tuple[str, Regime], DayFlows] = field(default_factory=dict)
    _days: dict[tuple[object, Levels], ChannelDay] = field(default_factory=dict)
    _proven: dict[tuple[str, Regime], Proven] = field(default_factory=dict)

    def flows(self, day_type: str, regime: Regime) -> DayFlows:
        """Flows under a regime; pitches and calls do not move them, and forms only by where they are filled in."""
        key = (day_type, replace(_without_rules(regime), calls=None))
        if key not in self._flows:
            self._flows[key] = day_flows(self.branch, day_type, regime)
        return self._flows[key]

    def day(self, demand: ChannelDemand, levels: Levels) -> ChannelDay:
        """The exact day of a channel with these servers by period."""
        key = (demand.key, levels)
        if key not in self._days:
            self._days[key] = channel_day(demand, levels)
        return self._days[key]

    def proven(self, day_type: str, regime: Regime) -> Proven:
        """What is proven of a day type under a regime and those with the same minorant."""
        return self._proven.setdefault((day_type, _without_rules(regime)), Proven())


def _without_rules(regime: Regime) -> Regime:
    """The regime as the minorant sees it: no pitches, and forms by where they are filled in alone."""
    return replace(regime, form_at_window_below=min(regime.form_at_window_below, 1), pitch_below=0)
