"""Is it true? The day, event by event; it shares no formula with the evaluation, and never sees it."""

from optimizer.simulation.branch_hall import COST_NAMES, branch_hall, class_name, hall_prices
from optimizer.simulation.comparison import ChannelContrast, Comparison, Contrast, channel_contrast, compare
from optimizer.simulation.distributions import Distribution
from optimizer.simulation.estimates import Estimate, HallEstimate, Measures, student_quantile
from optimizer.simulation.events import Fullness, HallDay, HallEvent, Happening, follow_events, simulated_day
from optimizer.simulation.hall import Advice, CustomerClass, Form, Hall, Pitch, Station, Tickets, Visit
from optimizer.simulation.pairs import Difference, simulate_pair
from optimizer.simulation.quarter import Simulation, quarter_costs, refuse_unfit, seed_of, simulate
from optimizer.simulation.replay import Replay, ReplayedDate, replay
from optimizer.simulation.replications import Replications, simulate_hall
from optimizer.simulation.together import ChannelService, channel_service

__all__ = [
    "COST_NAMES", "Advice", "ChannelContrast", "ChannelService", "Comparison", "Contrast", "CustomerClass",
    "Difference", "Distribution", "Estimate", "Form", "Fullness", "Hall", "HallDay", "HallEstimate", "HallEvent",
    "Happening", "Measures", "Pitch", "Replay", "ReplayedDate", "Replications", "Simulation", "Station", "Tickets",
    "Visit", "branch_hall", "channel_contrast", "channel_service", "class_name", "compare", "follow_events",
    "hall_prices", "quarter_costs", "refuse_unfit", "replay", "seed_of", "simulate", "simulate_hall",
    "simulate_pair", "simulated_day", "student_quantile",
]  # fmt: skip
