"""What a simulation says of a model beside what is exact, judged as one family of comparisons."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pytest
from scipy.stats import t as student

from optimizer.simulation.replications import Replications, simulate_hall

SEED = 20261126
"""Of every simulation here, chosen before any was run."""
LEVEL = 0.01 / 3
"""Probability with which a family may be refused though all is right; three modules have one: 1 % in all."""
CONFIDENCE = 0.99
WIDTH = 0.01
"""Widest half of an interval, as a share of the exact value; of shares up to a quarter it is a quarter of this."""


@dataclass(frozen=True)
class Comparison:
    """One measure of one model."""

    what: str
    exact: float
    estimate: float
    error: float
    half_width: float
    """Of the 99 % interval."""
    chance: float
    """Probability of an error as large as this one."""
    is_share: bool

    @property
    def narrow(self):
        return self.half_width <= WIDTH * (max(self.exact, 0.25) if self.is_share else self.exact)

    def __str__(self):
        return f"{self.what}: {self.estimate:.5g} ± {self.half_width:.2g}, exact {self.exact:.5g}, p {self.chance:.2g}"


@dataclass(frozen=True)
class Family:
    """All comparisons of a module, by model."""

    models: dict[str, list[Comparison]]

    def refused(self):
        """Comparisons that Holm's correction refuses at the level of the family.

        Source: Holm (1979), A simple sequentially rejective multiple test procedure.
        """
        every = sorted((each for model in self.models.values() for each in model), key=lambda each: each.chance)
        for rank, each in enumerate(every):
            if each.chance > LEVEL / (len(every) - rank):
                return every[:rank]
        return every

    def blind_to(self, error):
        """Comparisons of waits, counts and work that might not be refused if the exact value were wrong by a share."""
        every = [each for model in self.models.values() for each in model]
        surely = NormalDist().inv_cdf(1 - LEVEL / len(every) / 2)
        return [
            each for each in every
            if not each.is_share and abs(each.estimate / each.exact - 1 - error) * each.exact < surely * each.error
        ]  # fmt: skip


@pytest.fixture(scope="session")
def family():
    """A function that simulates models and compares them.

    A model is a function that returns a hall, a number of days, and ``read``. That makes (what, estimate, exact values)
    of the estimate of these days for each measure; what is a share begins with the word.
    """

    def simulated(model):
        hall, days, read = model()
        estimate = simulate_hall(hall, Replications(days, SEED))
        return [row for what, got, exact in read(estimate) for row in compared(what, got, exact)]

    return lambda *models: Family({model.__name__: simulated(model) for model in models})


def compared(what, got, exact):
    """A comparison for each number."""
    exact, value, error = np.broadcast_arrays(*map(np.atleast_1d, (exact, got.value, got.error)))
    half = np.atleast_1d(got.half_width(CONFIDENCE))
    chance = 2 * student.sf(np.abs(value - exact) / error, got.days - 1)
    names = [what] if value.size == 1 else [f"{what} [{index}]" for index in range(value.size)]
    numbers = zip(names, exact.ravel(), value.ravel(), error.ravel(), half.ravel(), chance.ravel(), strict=True)
    return [Comparison(name, *map(float, row), what.startswith("share")) for name, *row in numbers]
