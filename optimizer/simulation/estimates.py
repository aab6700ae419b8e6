"""What a simulation says: means over days with their standard errors."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from optimizer.errors import InvalidParameterError
from optimizer.simulation import records as kernel
from optimizer.simulation.moments import Floats, Groups, Moments

FEWEST_DAYS = 30
"""Days below which an interval is not trusted."""


@dataclass(frozen=True)
class Estimate:
    """A mean over days and its standard error; arrays by period, or of one number."""

    value: Floats
    error: Floats
    days: int

    def half_width(self, confidence: float = 0.95) -> Floats:
        """Half the width of the confidence interval."""
        width: Floats = student_quantile(0.5 + confidence / 2, self.days - 1) * self.error
        return width

    def interval(self, confidence: float = 0.95) -> tuple[Floats, Floats]:
        """Ends of the confidence interval."""
        half = self.half_width(confidence)
        return self.value - half, self.value + half


def student_quantile(p: float, freedom: int) -> float:
    """Quantile of Student's t by its expansion in the normal quantile: to 3 figures from 10 degrees of freedom on.

    Source: Abramowitz and Stegun (1964), Handbook of Mathematical Functions, 26.7.5.

    >>> round(student_quantile(0.975, 29), 3)
    2.045
    """
    z = NormalDist().inv_cdf(p)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, 1))


@dataclass(frozen=True)
class Measures:
    """Measures of some customers at a station; by period, or of the whole day."""

    arrivals: Estimate
    """Customers who join the line, turn away, or come back for a second turn."""
    waiting: Estimate
    """Customer-minutes, where they pass; after closing in the last period."""
    abandoned: Estimate
    turned_away: Estimate
    served: Estimate
    mean_wait: Estimate
    """Waiting for each who arrives [minutes]."""
    abandonment: Estimate
    """Share of those who arrive who give up or turn away."""
    service_levels: dict[float, Estimate]
    """Share of those who arrive who are served within a limit, by limit [minutes]."""
    desk_minutes: Estimate
    pitches: Estimate
    forms_at_window: Estimate


@dataclass(frozen=True)
class HallEstimate:
    """A hall's days."""

    days: int
    groups: Groups
    moments: Moments
    limits: dict[str, tuple[float, ...]]
    servers: dict[str, tuple[float, ...]]
    """Server-minutes on offer by station and period."""
    cost_names: tuple[str, ...]

    @property
    def periods(self) -> int:
        """Periods until the door closes."""
        return int(self.moments.sums.shape[2]) - 2

    def measures(
        self, station: str, *, group: str | None = None, of_class: str | None = None, by_period: bool = False
    ) -> Measures:
        """Measures at a station, of all customers, those of a group, or those of a class.

        Raises:
            InvalidParameterError: for a station, group or class that nobody of the hall is in.
        """
        keys = [key for key in self.groups.keys if key[0] == station]
        if of_class is not None:
            keys = [key for key in keys if key[2] == of_class]
        else:
            keys = [key for key in keys if key[1:] == (group, None)]
        if not keys:
            raise InvalidParameterError(f"{station}, {group}, {of_class}: no such customers in the hall")
        g, slots = self.groups.keys.index(keys[0]), self._slots(by_period)

        def count(measure: int) -> Estimate:
            return self._mean(g, measure, slots)

        def ratio(measure: int) -> Estimate:
            return self._ratio(g, measure, slots)

        return Measures(
            arrivals=count(kernel.ARRIVALS),
            waiting=count(kernel.WAITING),
            abandoned=count(kernel.ABANDONED),
            turned_away=count(kernel.TURNED_AWAY),
            served=count(kernel.SERVED),
            mean_wait=ratio(kernel.WAITING),
            abandonment=ratio(kernel.LOST),
            service_levels={
                limit: ratio(kernel.WITHIN + index) for index, limit in enumerate(self.limits.get(station, ()))
            },
            desk_minutes=count(kernel.DESK),
            pitches=count(kernel.PITCHES),
            forms_at_window=count(kernel.FORMS),
        )

    def utilization(self, station: str) -> Estimate:
        """Share of the servers' time that is work, while the door is open; by period."""
        offered = np.array(self.servers[station])
        work = self._work(station, slice(0, self.periods))
        share = np.divide(1.0, offered, out=np.zeros_like(offered), where=offered > 0)
        return Estimate(work.value * share, work.error * share, self.days)

    def overtime(self, station: str) -> Estimate:
        """Server-minutes of work after closing, for a day."""
        return self._work(station, self.periods)

    @property
    def costs(self) -> dict[str, Estimate]:
        """Costs of a day by name [yuan]; the sum is the last, ``total``."""
        value, error = _mean_error(self.moments.costs, self.moments.cost_squares, self.days)
        names = (*self.cost_names, "total")
        return {name: Estimate(value[index], error[index], self.days) for index, name in enumerate(names)}

    def _slots(self, by_period: bool) -> slice | int:
        return slice(0, self.periods) if by_period else self.periods + 1

    def _work(self, station: str, slots: slice | int) -> Estimate:
        s = list(self.limits).index(station)
        value, error = _mean_error(self.moments.work[s, slots], self.moments.work_squares[s, slots], self.days)
        return Estimate(value, error, self.days)

    def _mean(self, g: int, measure: int, slots: slice | int) -> Estimate:
        m = self.moments
        value, error = _mean_error(m.sums[g, measure, slots], m.squares[g, measure, slots], self.days)
        return Estimate(value, error, self.days)

    def _ratio(self, g: int, measure: int, slots: slice | int) -> Estimate:
        """A measure for each who arrives, by the delta method; 0 where nobody came."""
        top, top_squares, crosses = (each[g, measure, slots] for each in self.moments[:3])
        base, base_squares = (each[g, kernel.ARRIVALS, slots] for each in self.moments[:2])
        came = base > 0
        value = np.divide(top, base, out=np.zeros_like(base), where=came)
        spread = np.maximum(top_squares - 2 * value * crosses + value**2 * base_squares, 0.0)
        scale = self.days / max(self.days - 1, 1)
        error = np.divide(np.sqrt(spread * scale), base, out=np.zeros_like(base), where=came)
        return Estimate(value, error, self.days)


def _mean_error(sums: Floats, squares: Floats, days: int) -> tuple[Floats, Floats]:
    """Means over days and their standard errors."""
    mean = sums / days
    variance = np.maximum(squares / days - mean**2, 0.0) * days / max(days - 1, 1)
    return mean, np.sqrt(variance / days)
