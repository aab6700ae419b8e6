"""Quantities on the command line: numbers, and rates and times with their units; inside they are minutes.

A reader returns the value or raises ValueError with what was expected.
"""

import re
from fractions import Fraction

MINUTES = {"h": Fraction(60), "min": Fraction(1), "s": Fraction(1, 60)}
NUMBER = r"\d+(?:\.\d*)?|\.\d+|\d{1,3}(?:,\d{3})+(?:\.\d*)?"
TIME = re.compile(rf"({NUMBER})\s*(h|min|s)")
RATE = re.compile(rf"({NUMBER})\s*/\s*(h|min|s)")
PLAIN = re.compile(NUMBER)


def duration(text: str) -> Fraction:
    """Minutes of a time with its unit.

    >>> duration("1.5 h"), duration("90s")
    (Fraction(90, 1), Fraction(3, 2))
    """
    match = TIME.fullmatch(text.strip())
    if match is None or not (value := _exact(match[1])):
        raise ValueError("a time above 0 with its unit, such as 2.6min, 90s or 0.5h")
    return value * MINUTES[match[2]]


def rate(text: str) -> Fraction:
    """Customers per minute of a rate with its unit.

    >>> rate("43/h"), rate("1,500/h")
    (Fraction(43, 60), Fraction(25, 1))
    """
    match = RATE.fullmatch(text.strip())
    if match is None or not (value := _exact(match[1])):
        raise ValueError("a rate above 0 with its unit, such as 43/h, 0.7/min or 0.01/s")
    return value / MINUTES[match[2]]


def count(text: str) -> int:
    """A whole number of at least 1.

    >>> count("20")
    20
    """
    if not re.fullmatch(r"\d{1,6}", text.strip()) or int(text) == 0:
        raise ValueError("a whole number from 1 to 999999")
    return int(text)


def variability(text: str) -> float:
    """A number of at least 0.

    >>> variability("1.5")
    1.5
    """
    if not PLAIN.fullmatch(text.strip()):
        raise ValueError("a number of at least 0: 0 always the same, 1 exponential")
    return float(_exact(text.strip()))


def share(text: str) -> float:
    """A share above 0 and below 1.

    >>> share("0.8")
    0.8
    """
    if not PLAIN.fullmatch(text.strip()) or not 0 < _exact(text.strip()) < 1:
        raise ValueError("a share between 0 and 1, such as 0.8")
    return float(_exact(text.strip()))


def shares(text: str) -> tuple[float, ...]:
    """Shares that sum to 1.

    >>> shares("0.2,0.8")
    (0.2, 0.8)
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(PLAIN.fullmatch(part) for part in parts) or len(parts) < 2:
        raise ValueError("shares of all customers, highest priority first, such as 0.2,0.8")
    values = [_exact(part) for part in parts]
    if sum(values) != 1 or not all(values):
        raise ValueError("shares above 0 that sum to 1, such as 0.2,0.8")
    return tuple(map(float, values))


def _exact(number: str) -> Fraction:
    return Fraction(number.replace(",", "").rstrip("."))
