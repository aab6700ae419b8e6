"""The verdict: a policy evaluated, simulated, and both compared."""

from collections.abc import Callable
from dataclasses import dataclass

from optimizer.evaluation import Evaluation, evaluate
from optimizer.problem import Branch
from optimizer.simulation import Replications, Simulation, simulate
from optimizer.verification.comparison import Comparison, Outcome, comparisons
from optimizer.verification.explanation import Explanation, explanations, mean_absolute
from optimizer.verification.models import used_models, without_all
from optimizer.verification.targets import JudgedTarget, Verdict, judged_targets

Report = Callable[[str, int, int], None]
"""Told what is done, how much of it, and of how much."""


def silent(what: str, done: int, most: int) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class VerifyOptions:
    """How hard to doubt."""

    days: int = 1000
    """Simulated days of each type."""
    seed: int = 1
    workers: int = 2
    confidence: float = 0.95
    """Of every interval, and of all judgements together."""
    tolerance: float = 0.1
    """Difference that does not matter: a share of a wait (or of a minute, if it is shorter), or of all customers."""
    explain: bool = True
    """Whether to look for the assumptions that explain differences."""
    models: bool = False
    """Whether to evaluate without each of the models."""

    @property
    def replications(self) -> Replications:
        """The days to simulate."""
        return Replications(self.days, self.seed, self.workers, confidence=self.confidence)


@dataclass(frozen=True)
class WithoutModel:
    """How well an evaluation without a model meets the simulation with all."""

    model: str
    """None of them: ``none``; all of them: ``all``."""
    agreeing: int
    compared: int
    wait_off: float
    """Mean distance of the mean waits of channels and days [minutes]."""
    level_off: float
    """Mean distance of their service levels."""
    cost_off: float
    """Cost of the quarter less the simulated one [yuan]."""


@dataclass(frozen=True)
class Verification:
    """What was promised, what happened, and what to think of it."""

    evaluation: Evaluation
    simulation: Simulation
    options: VerifyOptions
    comparisons: tuple[Comparison, ...]
    targets: tuple[JudgedTarget, ...]
    explanations: tuple[Explanation, ...]
    without: tuple[WithoutModel, ...]

    @property
    def worse(self) -> tuple[Comparison, ...]:
        """Numbers of which the hall is worse than the promise."""
        return tuple(c for c in self.comparisons if c.outcome is Outcome.WORSE)

    @property
    def failing(self) -> tuple[JudgedTarget, ...]:
        """Targets that do not hold in the hall."""
        return tuple(target for target in self.targets if target.verdict is Verdict.FAILS)

    @property
    def promised_costs(self) -> dict[str, float]:
        """What the evaluation says of the costs that the simulation knows, by name [yuan a quarter]."""
        return promised_costs(self.evaluation, self.simulation)

    @property
    def fixed_cost(self) -> float:
        """Costs that no event of a day decides: wages, campaign, machines [yuan a quarter]."""
        return self.evaluation.cost - self.promised_costs["total"]

    @property
    def confirmed(self) -> bool:
        """Whether the plan may leave: no target fails, and no channel's day is worse than promised."""
        return not self.failing and not any(c.period is None for c in self.worse)


def verify(branch: Branch, evaluation: Evaluation, options: VerifyOptions, report: Report = silent) -> Verification:
    """Simulate an evaluated policy and compare.

    Args:
        branch: The branch.
        evaluation: The policy as evaluated.
        options: How many days, how sure, what else to find out.
        report: Told how far the work is.
    """
    simulation = simulate(
        branch, evaluation.policy, options.replications, lambda done, most: report("days simulated", done, most)
    )
    level = 1 - options.confidence
    found = comparisons(evaluation, simulation, level, options.tolerance)
    explained = (
        explanations(
            branch, evaluation, found, options.replications,
            lambda done, most: report("assumptions tried", done, most),
        ) if options.explain else ()
    )  # fmt: skip
    without = _without_models(branch, evaluation, simulation, options, report) if options.models else ()
    targets = judged_targets(branch, evaluation, simulation, level)
    return Verification(evaluation, simulation, options, found, targets, explained, without)


def _without_models(
    branch: Branch, evaluation: Evaluation, simulation: Simulation, options: VerifyOptions, report: Report
) -> tuple[WithoutModel, ...]:
    """The evaluation with all models, without each, and without any, beside one simulation."""
    models = used_models(branch, evaluation.policy)
    rows = [_beside("none", evaluation, simulation, options)]
    for done, (name, change) in enumerate({**models, "all": without_all}.items(), 1):
        rows.append(_beside(name, evaluate(*change(branch, evaluation.policy)), simulation, options))
        report("models left out", done, len(models) + 1)
    return tuple(rows)


def _beside(model: str, evaluation: Evaluation, simulation: Simulation, options: VerifyOptions) -> WithoutModel:
    found = comparisons(evaluation, simulation, 1 - options.confidence, options.tolerance)
    whole = [c for c in found if c.period is None and c.tier is None]
    off = {
        measure: mean_absolute([c.simulated - c.promised for c in whole if c.measure == measure])
        for measure in ("mean_wait", "service_level")
    }
    return WithoutModel(
        model,
        sum(c.outcome is Outcome.AGREES for c in found),
        len(found),
        off["mean_wait"],
        off["service_level"],
        promised_costs(evaluation, simulation)["total"] - float(simulation.costs["total"].value),
    )


def promised_costs(evaluation: Evaluation, simulation: Simulation) -> dict[str, float]:
    """Costs of the quarter as evaluated, of those that the simulation knows; ``total`` is their sum."""
    named = {name: evaluation.costs[name] for name in simulation.costs if name in evaluation.costs}
    return named | {"total": sum(named.values())}
