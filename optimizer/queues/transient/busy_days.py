"""Busy days: a day's rates are multiplied by a random factor that nobody knows in the morning."""

from collections.abc import Callable, Sequence
from dataclasses import Field, fields, replace
from math import inf
from typing import Any, ClassVar, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimizer.errors import InvalidParameterError

Floats = NDArray[np.float64]
GIVEN = ("period", "servers")
"""Fields of a day that its factor does not change; nor does it change what is no number."""
SHARES = ("service_level",)
"""Fields that are shares of those who arrive, with an axis of limits before that of periods."""
NEGLIGIBLE = 1e-15
"""Weight of a day that makes no difference to an expectation."""


class Day(Protocol):
    """A frozen dataclass with what is expected of a day, by period."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def arrivals(self) -> Floats:
        """Customers who arrive; the last axis is the period."""
        ...


AnyDay = TypeVar("AnyDay", bound=Day)


def busy_day_factor(scv: float, nodes: int = 16) -> tuple[Floats, Floats]:
    """Gauss quadrature for a gamma day factor Z of mean 1: E f(Z) = Σ w_i f(z_i).

    Z has shape k = 1/scv. The monic orthogonal polynomials of its density (Laguerre's, scaled) satisfy
    p_{n+1}(z) = (z - 1 - 2n scv) p_n(z) - n scv (1 + (n-1) scv) p_{n-1}(z); the nodes are the eigenvalues of the
    symmetric tridiagonal matrix of these coefficients, the weights the squared first entries of its eigenvectors.

    Args:
        scv: squared coefficient of variation Var Z of the day factor; 0: every day is alike.
        nodes: number of nodes, exact for polynomials of degree 2 nodes - 1.

    Returns:
        Factors z_i, ascending, and their weights w_i, which sum to 1; one factor 1 when scv is 0. Nodes of a weight
        below 1e-15 are left out: they are the busiest days, which take longest and count for nothing.

    Raises:
        InvalidParameterError: for an scv below 0, or no node.

    Range: measures of a day of finite length are smooth in Z, and converge geometrically, the slower the sharper the
    onset of overload. With abandonment 16 nodes gave the mean wait of a day to 1e-6 of itself at scv 0.1, 4e-4 at 0.5
    and 2e-3 at 1; without, on days that busy factors overload, to 7e-4 at 0.05, 4e-3 at 0.1 and .01 at .5, and shares
    served within a limit to .0007, .003 and .03. Measures with a pole in Z, such as those of a stationary queue without
    abandonment, do not converge.

    Source: Golub and Welsch (1969), "Calculation of Gauss quadrature rules"; gamma day factor: Avramidis, Deslauriers
    and L'Ecuyer (2004), "Modeling daily arrivals to a telephone call center".

    >>> factors, weights = busy_day_factor(0.1)
    >>> [round(float(weights @ factors**power), 6) for power in (0, 1, 2, 3)]
    [1.0, 1.0, 1.1, 1.32]
    """
    from scipy.linalg import eigh_tridiagonal  # not before it is needed: few programs have busy days

    if not 0 <= scv < inf:
        raise InvalidParameterError(f"scv: {scv}: expected a number of at least 0")
    if nodes < 1:
        raise InvalidParameterError(f"nodes: {nodes}: expected at least 1")
    if scv == 0:
        return np.ones(1), np.ones(1)
    n = np.arange(nodes)
    factors, vectors = eigh_tridiagonal(1 + 2 * n * scv, np.sqrt(n[1:] * scv * (1 + n[:-1] * scv)))
    weights = vectors[0] ** 2
    kept = weights >= NEGLIGIBLE
    return factors[kept], weights[kept]


def expected_day(days: Sequence[AnyDay], weights: ArrayLike) -> AnyDay:
    """Expectation of a day that is one of several: Σ w_i x_i of every total, Σ w_i a_i l_i / Σ w_i a_i of a share.

    Totals are all measures but the service level; that is a share of the arrivals a, whose expectation it takes as a
    ratio of expected totals. Waits and utilizations, which a day computes from its totals, are then such ratios too.

    Args:
        days: results of the same function for the same servers, such as ``TransientDay``.
        weights: their probabilities, which sum to 1.

    Returns:
        A day of the same kind.

    Raises:
        InvalidParameterError: for days that differ in servers or length, and for weights that are no probabilities.

    Assumptions: nobody knows in the morning which of the days it is, so that the servers are the same on all.

    Source: ratios of expected totals as in Avramidis, Deslauriers and L'Ecuyer (2004), "Modeling daily arrivals to a
    telephone call center".

    >>> from optimizer.queues.transient.day import transient_day
    >>> factors, weights = busy_day_factor(0.1)
    >>> days = [transient_day([0.4 * z, 0.4 * z], [3, 3], 0.2, period=60.0, limits=[5.0]) for z in factors]
    >>> [round(float(x), 3) for x in expected_day(days, weights).mean_wait]
    [2.06, 5.687]
    """
    shares = _probabilities(weights, len(days))
    values = {field.name: [getattr(day, field.name) for day in days] for field in fields(days[0])}
    changes: dict[str, Any] = {}
    for name, found in values.items():
        if name in GIVEN or isinstance(found[0], bool | str):
            if any(not np.array_equal(found[0], other) for other in found):
                raise InvalidParameterError(f"days: expected the same {name} on all")
        elif name in SHARES:
            changes[name] = _share_of_arrivals(shares, np.array(found), np.array(values["arrivals"]))
        else:
            changes[name] = _mean(shares, found)
    return cast(AnyDay, replace(cast(Any, days[0]), **changes))


def over_busy_days(
    measure: Callable[[float], ArrayLike], scv: float, *, per_customer: bool = True, nodes: int = 16
) -> Any:
    """Expectation of any measure m of the day factor Z: E[Z m(Z)] / E[Z] per customer, E m(Z) per day.

    Args:
        measure: m, a number or array for a factor z that multiplies the arrival rate.
        scv: squared coefficient of variation of Z.
        per_customer: whether m is a mean over customers, of whom a busy day has more.
        nodes: number of nodes of ``busy_day_factor``.

    Returns:
        A float, or an array of the shape of m. Infinite where m is infinite at a factor of the quadrature.

    Raises:
        InvalidParameterError: as ``busy_day_factor``.

    When wrong: a gamma factor has no greatest value, so the expected wait of a stationary queue without abandonment
    is infinite, whatever finite number a few nodes below its capacity give; use the transient day, or abandonment.

    Source: ``busy_day_factor``.

    >>> from optimizer.queues.stationary.erlang import erlang_a
    >>> round(over_busy_days(lambda z: erlang_a(3, 0.4 * z, 0.2, 0.1).abandonment, 0.1), 4)
    0.1066
    """
    factors, weights = busy_day_factor(scv, nodes)
    shares = weights * factors if per_customer else weights
    return _mean(shares / shares.sum(), [measure(float(factor)) for factor in factors])


def _probabilities(weights: ArrayLike, count: int) -> Floats:
    shares = np.array(weights, np.float64)
    if not count or shares.shape != (count,):
        raise InvalidParameterError(f"days and weights: {count}, {shares.shape}: expected one weight for each day")
    if not ((shares >= 0).all() and abs(shares.sum() - 1) < 1e-9):
        raise InvalidParameterError(f"weights: {weights!r}: expected probabilities that sum to 1")
    return shares


def _mean(shares: Floats, values: Sequence[ArrayLike]) -> Any:
    """Weighted mean along the first axis; a float of floats."""
    mean = np.tensordot(shares, np.array(values, np.float64), axes=1)
    return mean if mean.ndim else float(mean)


def _share_of_arrivals(shares: Floats, levels: Floats, arrivals: Floats) -> Floats:
    """Levels have an axis of limits before that of periods; where nobody arrives they are the mean."""
    total = np.tensordot(shares, arrivals, axes=1)
    each = shares.reshape(-1, *[1] * total.ndim)
    ratio = np.divide(each * arrivals, total, out=np.zeros_like(arrivals) + each, where=total > 0)
    weighted: Floats = (np.expand_dims(ratio, -2) * levels).sum(axis=0)
    return weighted
