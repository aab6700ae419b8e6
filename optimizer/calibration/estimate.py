"""A number learnt from data, with how far it may be off."""

from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True)
class Estimated:
    """An estimate with its standard error and sample size."""

    value: float
    standard_error: float
    n: int
    """What it was learnt from: customers, days or services, as the function that gives it says."""

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Ends of the interval in which the truth lies with this probability, by the normal distribution.

        >>> Estimated(10.0, 1.0, 100).interval(0.95)
        (8.040036015459947, 11.959963984540053)
        """
        reach = NormalDist().inv_cdf((1 + confidence) / 2) * self.standard_error
        return self.value - reach, self.value + reach
