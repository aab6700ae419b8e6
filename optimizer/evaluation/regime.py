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

    @classmethod
    def of(cls, branch: Branch, policy: Policy) -> "Regime":
        """The regime of a policy; a diversion that it does not name diverts nobody."""
        thresholds = tuple((name, policy.thresholds.get(name, 0.0)) for name in branch.diversions)
        return cls(thresholds, policy.greeters, policy.campaign)

    def __str__(self) -> str:
        parts = [f"{name} {threshold:,.0f}" for name, threshold in self.thresholds]
        return ", ".join([*parts, f"greeters {self.greeters}", f"campaign {self.campaign}"])


def all_regimes(branch: Branch) -> tuple[Regime, ...]:
    """Every regime that the branch may choose, in the order of its file."""
    thresholds = product(*(diversion.thresholds for diversion in branch.diversions.values()))
    levels = branch.greeter[1].levels if branch.greeter else (0,)
    return tuple(
        Regime(tuple(zip(branch.diversions, values, strict=True)), greeters, campaign)
        for values in thresholds
        for greeters in levels
        for campaign in branch.campaigns
    )
