"""Is it true? The day, event by event; it shares no formula with the evaluation, and never sees it."""

from optimizer.simulation.branch_hall import COST_NAMES, branch_hall, class_name, hall_prices
from optimizer.simulation.distributions import Distribution
from optimizer.simulation.estimates import Estimate, HallEstimate, Measures, student_quantile
from optimizer.simulation.hall import Advice, CustomerClass, Form, Hall, Pitch, Station, Tickets, Visit
from optimizer.simulation.pairs import Difference, simulate_pair
from optimizer.simulation.quarter import Simulation, quarter_costs, refuse_unfit, seed_of, simulate
from optimizer.simulation.replications import Replications, simulate_hall

__all__ = [
    "COST_NAMES", "Advice", "CustomerClass", "Difference", "Distribution", "Estimate", "Form", "Hall", "HallEstimate",
    "Measures", "Pitch", "Replications", "Simulation", "Station", "Tickets", "Visit", "branch_hall", "class_name",
    "hall_prices", "quarter_costs", "refuse_unfit", "seed_of", "simulate", "simulate_hall", "simulate_pair",
    "student_quantile",
]  # fmt: skip
