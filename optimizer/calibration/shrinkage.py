"""Rare classes of customers: what they lack in number is borrowed from the whole.

A class of which two customers came in ten days tells nothing of its profile over the day; the other classes do. Counts
k[c, t] are Poisson with mean M[c, t] · G, where M is the product of margins, the class's customers times the share of
all customers who come in period t, and G is a gamma variable of mean 1. Its shape a says how alike the profiles are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SMALLEST_SHAPE, LARGEST_SHAPE = 1e-2, 1e6


@dataclass(frozen=True)
class Shrunk:
    """Counts drawn toward the product of margins."""

    customers: Floats
    """Axes class, period."""
    shape: float | None
    """Of the gamma variable; infinite: all classes have one profile; None: nothing was drawn."""
    own: Floats
    """Variance that each cell has alone; axes class, period."""
    borrowed: Floats
    """Part of each cell that comes from the margins; axes class, period."""
    margins: tuple[Floats, Floats]
    """Customers by class and by period."""

    @staticmethod
    def untouched(customers: Floats) -> "Shrunk":
        """The counts themselves, with the variance of Poisson's distribution."""
        margins = customers.sum(axis=1), customers.sum(axis=0)
        return Shrunk(customers, None, customers, np.zeros_like(customers), margins)

    def variances(self, window: Floats) -> Floats:
        """Variance of counts averaged with these weights (axes period, period); axes class, period.

        One customer is added to what each class alone has shown, so that a count of 0 is not taken for certain.
        """
        of_class, of_period = self.margins
        periodic = np.divide(self.borrowed**2, of_period, out=np.zeros_like(self.borrowed), where=of_period > 0)
        relative = np.divide(of_class + 1, of_class**2, out=np.zeros_like(of_class), where=of_class > 0)
        common = (self.borrowed @ window.T) ** 2 * relative[:, np.newaxis]
        alone = 1 - np.divide(self.borrowed, self.customers, out=np.zeros_like(self.own), where=self.customers > 0)
        added = (alone @ window.T) ** 2 * window.max(axis=1) ** 2
        variance: Floats = (self.own + periodic) @ (window**2).T + common + added
        return variance


def shrink(customers: Floats) -> Shrunk:
    """Draw counts toward the product of margins, the more the fewer they are.

    The posterior mean of a cell is B M + (1 - B) k with B = a / (a + M), its variance (1 - B) of that mean; the shape a
    is the one of greatest likelihood over all cells (empirical Bayes).

    Args:
        customers: counts; axes class, period.

    Source: Clayton, Kaldor (1987), Empirical Bayes estimates of age-standardized relative risks, Biometrics 43.
    """
    of_class, of_period = customers.sum(axis=1), customers.sum(axis=0)
    if customers.shape[0] < 2 or customers.shape[1] < 2 or not of_period.sum():
        return Shrunk.untouched(customers)
    product = np.outer(of_class, of_period) / of_period.sum()
    shape = _shape(customers[product > 0], product[product > 0])
    drawn = 1 / (1 + product / shape)
    mean = drawn * product + (1 - drawn) * customers
    return Shrunk(mean, shape, (1 - drawn) * mean, drawn * product, (of_class, of_period))


def _shape(counts: Floats, product: Floats) -> float:
    """Shape of greatest likelihood; infinite where Poisson's distribution is as likely."""
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    def lost(log_shape: float) -> float:
        a = np.exp(log_shape)
        likely = gammaln(a + counts) - gammaln(a) - a * np.log1p(product / a) - counts * np.log(a + product)
        return -float(likely.sum())

    ends = np.log(SMALLEST_SHAPE), np.log(LARGEST_SHAPE)
    best = minimize_scalar(lost, bounds=ends, method="bounded")
    return float(np.exp(best.x)) if best.x < ends[1] - 1 else float("inf")
