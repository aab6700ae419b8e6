"""The regime: what holds all day, in every day type of the quarter."""

from dataclasses import dataclass
from itertools import product

from optimizer.problem import Branch, Policy


@dataclass(frozen=True)
class Regime:
    """One choice of what holds all day."""

    thresholds: tuple[tuple[str, float], ...]
    """Diversion and threshold chosen for it [yuan], in the branch's order."""
    greeters: int
    campaign: str
    form_at_window_below: int = 0
    """Forms are filled in at the window while fewer than this are waiting; 0: at the desk, before the call."""
    pitch_below: int = 0
    """Tellers make their pitch while fewer than this are waiting; 0: never."""
    calls: int | None = None
    """Calls per ticket; None: as each transaction says."""

    @classmethod
    def of(cls, branch: Branch, policy: Policy) -> "Regime":
        """The regime of a policy; a diversion that it does not name diverts nobody."""
        thresholds = tuple((name, policy.thresholds.get(name, 0.0)) for name in branch.diversions)
        rules = (policy.form_at_window_below, policy.pitch_below, policy.calls)
        return cls(thresholds, policy.greeters, policy.campaign, *rules)

    def __str__(self) -> str:
        parts = [f"{name} {threshold:,.0f}" for name, threshold in self.thresholds]
        parts += [f"greeters {self.greeters}", f"campaign {self.campaign}"]
        parts += [f"form at window below {self.form_at_window_below}"] * (self.form_at_window_below > 0)
        parts += [f"pitch below {self.pitch_below}"] * (self.pitch_below > 0)
        return ", ".join(parts + [f"calls {self.calls}"] * (self.calls is not None))


def all_regimes(branch: Branch) -> tuple[Regime, ...]:
    """Every regime that the branch may choose, in the order of its file."""
    thresholds = product(*(diversion.thresholds for diversion in branch.diversions.values()))
    levels = branch.greeter[1].levels if branch.greeter else (0,)
    rules = branch.queue_rules
    choices = product(
        thresholds, levels, branch.campaigns, rules.form_at_window_below, rules.pitch_below, rules.calls or (None,)
    )
    return tuple(
        Regime(tuple(zip(branch.diversions, values, strict=True)), greeters, campaign, form, pitch, calls)
        for values, greeters, campaign, form, pitch, calls in choices
    )
