"""Phase-type times: an exponential clock in each phase, and a chain from one phase to the next."""

from dataclasses import dataclass
from functools import cached_property
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import InvalidParameterError
from optimizer.queues.parameters import check_at_least, check_rates

Floats = NDArray[np.float64]
MOST_STAGES = 100


@dataclass(frozen=True)
class PhaseType:
    """Time until a chain of phases ends: P(T > t) = α exp(T t) 1.

    Source: Neuts (1981), "Matrix-geometric solutions in stochastic models".

    >>> PhaseType((0.5, 0.5), ((-1.0, 0.0), (0.0, -3.0))).mean
    0.6666666666666666
    """

    initial: tuple[float, ...]
    """α: P(it begins in the phase); sums to 1."""
    generator: tuple[tuple[float, ...], ...]
    """T: rates between phases; the diagonal is minus the rate at which a phase is left."""

    def __post_init__(self) -> None:
        start, rates = np.array(self.initial), np.array(self.generator)
        if start.ndim != 1 or (start < 0).any() or abs(start.sum() - 1) > 1e-9:
            raise InvalidParameterError(f"initial: {self.initial}: expected probabilities that sum to 1")
        if rates.shape != (len(start),) * 2 or not _ends_everywhere(rates, self.ends):
            raise InvalidParameterError(f"generator: {self.generator}: expected rates out of which every phase ends")

    @cached_property
    def ends(self) -> Floats:
        """Rate at which the time ends, by phase: -T 1."""
        rates: Floats = -np.array(self.generator).sum(axis=1)
        return rates

    @property
    def mean(self) -> float:
        """E T = α (-T)⁻¹ 1."""
        return self._moment(1)

    @property
    def scv(self) -> float:
        """Squared coefficient of variation: Var T / (E T)²."""
        return self._moment(2) / self._moment(1) ** 2 - 1

    def _moment(self, order: int) -> float:
        value: Floats = np.ones(len(self.initial))
        for k in range(1, order + 1):
            value = k * np.linalg.solve(-np.array(self.generator), value)
        return float(np.array(self.initial) @ value)


def _ends_everywhere(rates: Floats, ends: Floats) -> bool:
    """Whether these are rates, and from every phase the end can be reached."""
    off = rates - np.diag(np.diagonal(rates))
    least = -1e-9 * float(abs(rates).max())
    ending = ends > -least
    for _ in ends:
        ending = ending | ((off > 0) @ ending)
    return bool((off >= 0).all() and (ends >= least).all() and ending.all())


def hyperexponential(mean: float, scv: float) -> PhaseType:
    """Two kinds of exponential times that each carry half of the work: balanced means, p₁/μ₁ = p₂/μ₂.

    p₁ = (1 + √((scv - 1) / (scv + 1))) / 2, μᵢ = 2 pᵢ / mean.

    Args:
        mean: mean time.
        scv: squared coefficient of variation, at least 1.

    Returns:
        Two phases.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: the first two moments are right, the third is a convention.

    Source: Morse (1958), "Queues, inventories and maintenance"; balanced means: Whitt (1982), "Approximating a point
    process by a renewal process".

    >>> time = hyperexponential(2.0, 3.0)
    >>> round(time.mean, 9), round(time.scv, 9)
    (2.0, 3.0)
    """
    check_rates(mean=mean)
    check_at_least(1, scv=scv)
    often = (1 + sqrt((scv - 1) / (scv + 1))) / 2
    return PhaseType((often, 1 - often), ((-2 * often / mean, 0.0), (0.0, -2 * (1 - often) / mean)))


def erlang_mixture(mean: float, scv: float) -> PhaseType:
    """Sum of k exponential stages, the first of which is skipped with probability p: scv from 1/100 to 1.

    k = ⌈1/scv⌉, p = (k scv - √(k (1 + scv) - k² scv)) / (1 + scv), every stage at rate (k - p) / mean. With
    scv = 1/k it is Erlang's k stages.

    Args:
        mean: mean time.
        scv: squared coefficient of variation, .01 to 1.

    Returns:
        Up to 100 stages.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: the first two moments are right, the third is a convention.

    Source: Tijms (2003), "A first course in stochastic models", appendix B.

    >>> time = erlang_mixture(2.0, 0.4)
    >>> len(time.initial), round(time.mean, 9), round(time.scv, 9)
    (3, 2.0, 0.4)
    """
    check_rates(mean=mean)
    if not 1 / MOST_STAGES <= scv <= 1:
        raise InvalidParameterError(f"scv: {scv}: expected a number from {1 / MOST_STAGES} to 1")
    stages = ceil(1 / scv - 1e-9)
    skipped = max(0.0, (stages * scv - sqrt(max(0.0, stages * (1 + scv) - stages**2 * scv))) / (1 + scv))
    rate = (stages - skipped) / mean
    initial = np.zeros(stages)
    initial[: min(2, stages)] = [1 - skipped, skipped][: min(2, stages)]
    generator = rate * (np.eye(stages, k=1) - np.eye(stages))
    return PhaseType(tuple(initial.tolist()), tuple(map(tuple, generator.tolist())))


def phase_type_fit(mean: float, scv: float) -> PhaseType:
    """The usual time of given mean and scv: Erlang mixture below 1, exponential at 1, balanced hyperexponential above.

    Args:
        mean: mean time.
        scv: squared coefficient of variation, at least .01.

    Returns:
        Up to 100 phases.

    Raises:
        InvalidParameterError: for a number outside its domain.

    Assumptions: the first two moments are right, the third is a convention.

    Source: Tijms (2003), "A first course in stochastic models", appendix B.

    >>> phase_type_fit(2.0, 1.0).generator
    ((-0.5,),)
    """
    return hyperexponential(mean, scv) if scv > 1 else erlang_mixture(mean, scv)
