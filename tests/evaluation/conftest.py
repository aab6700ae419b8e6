"""Demands on a channel, made of plain numbers."""

import numpy as np
import pytest

from optimizer.evaluation import ChannelDemand, RankDemand
from optimizer.evaluation.service import ServiceRule, TicketService


@pytest.fixture(scope="session")
def rank():
    """A function that makes customers of one rank from their arrivals on every day, by period."""

    def make(name, *days, abandonment=0.0, waiting_cost=0.5, loss_rate=0.0, turning_away=0.0, loss=0.0):
        rates = np.array(days, float)
        return RankDemand((name,), rates, abandonment, waiting_cost, loss_rate, turning_away, loss)

    return make


@pytest.fixture(scope="session")
def demand():
    """A function that makes the demand of some ranks on a channel: exponential service, one ticket a customer."""

    def make(*ranks, service=0.2, scv=1.0, tickets=1.0, rule=None, weights=(1.0,), **changes):
        given = {
            "channel": "counter", "ranks": ranks, "weights": np.array(weights), "period": 30,
            "service": TicketService(service, scv, tickets), "rule": None if rule is None else ServiceRule(*rule),
            "failure_rate": 0.0, "repair_rate": 1.0, "transaction_cost": 0.0, "overtime_cost": 0.0,
            "limits": (3.0, 10.0),
        }  # fmt: skip
        return ChannelDemand(**given | changes)

    return make
