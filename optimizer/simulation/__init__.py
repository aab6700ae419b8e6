"""Is it true? The day, event by event; it shares no formula with the evaluation, and never sees it."""

from optimizer.simulation.distributions import Distribution
from optimizer.simulation.estimates import Estimate, HallEstimate, Measures, student_quantile
from optimizer.simulation.hall import Advice, CustomerClass, Form, Hall, Pitch, Station, Tickets, Visit
from optimizer.simulation.replications import Replications, simulate_hall

__all__ = [
    "Advice", "CustomerClass", "Distribution", "Estimate", "Form", "Hall", "HallEstimate", "Measures", "Pitch",
    "Replications", "Station", "Tickets", "Visit", "simulate_hall", "student_quantile",
]  # fmt: skip
