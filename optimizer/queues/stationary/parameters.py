"""The domains of the parameters that stationary models share."""

from math import inf

from optimizer.errors import InvalidParameterError


def check_rates(**rates: float) -> None:
    """Refuse a rate, time or load that is not positive and finite.

    >>> check_rates(arrival_rate=2.0, service_rate=1.0)
    """
    for name, value in rates.items():
        if not 0 < value < inf:
            raise InvalidParameterError(f"{name}: {value}: expected a positive number")


def check_at_least(least: float, **values: float) -> None:
    """Refuse a number below the least, or not finite.

    >>> check_at_least(0, abandonment_rate=0.0, scv=1.5)
    """
    for name, value in values.items():
        if not least <= value < inf:
            raise InvalidParameterError(f"{name}: {value}: expected a number of at least {least}")
