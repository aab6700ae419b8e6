"""A day of a hall, slow and plain, and the random numbers that it reads."""

from .day import ReferenceDay
from .numbers import child, drawn, gamma, mixed, uniform

__all__ = ["ReferenceDay", "child", "drawn", "gamma", "mixed", "uniform"]
