"""A hall whose days would not end, or mean nothing, is refused with everything that is wrong."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.errors import InvalidParameterError
from optimizer.simulation import Advice, CustomerClass, Distribution, Form, Hall, Station, Tickets, Visit
from optimizer.simulation.checks import check_hall

SERVICE = Distribution.exponential(5.0)
VISIT = Visit(SERVICE)
CUSTOMERS = CustomerClass("all", (0.1, 0.2), ("desk",), {"desk": VISIT})
HALL = Hall(30.0, (Station("desk"), Station("machine")), (CUSTOMERS,))


def visiting(**changes):
    return replace(HALL, classes=(replace(CUSTOMERS, visits={"desk": replace(VISIT, **changes)}),))


def staffed(**changes):
    return replace(HALL, stations=(Station("desk", **changes),))


def walking(**changes):
    return replace(HALL, classes=(replace(CUSTOMERS, **changes),))


ADVICE = Advice("machine", Distribution.constant(1.0), 1.0, (0.5,))
REFUSED = {
    "a name stands twice": replace(HALL, stations=(Station("desk"), Station("desk"))),
    "classes: none": replace(HALL, classes=()),
    "period: 0": replace(HALL, period=0),
    "busyness_scv: -1": replace(HALL, busyness_scv=-1),
    "head_start: -5": replace(HALL, head_start=-5),
    "gap: mean 0.0": replace(HALL, gap=Distribution.constant(0.0)),
    "gap: mean inf": replace(HALL, gap=Distribution.never()),
    "moments ascending": staffed(servers=((5.0, 1),)),
    "numbers 0 or more": staffed(servers=((0.0, 1), (30.0, -1))),
    "capacity 0": staffed(capacity=0),
    "failure_rate -1": staffed(failure_rate=-1),
    "one or more, the same number all day": staffed(failure_rate=0.1, servers=((0.0, 0),)),
    "the same number all day": staffed(failure_rate=0.1, servers=((0.0, 1), (30.0, 2))),
    "limits": staffed(limits=(-1.0,)),
    "the class has no visit there": walking(way=("machine",)),
    "each once": walking(way=("desk", "desk")),
    "3 rates, expected 2": replace(HALL, classes=(CUSTOMERS, replace(CUSTOMERS, name="b", rates=(1.0, 1.0, 1.0)))),
    "rates": walking(rates=(0.1, float("nan"))),
    "way begins at machine": replace(
        walking(visits={"desk": VISIT, "machine": VISIT}, advice=ADVICE), adviser="machine"
    ),
    "follow: 1.5": walking(visits={"desk": VISIT, "machine": VISIT}, advice=replace(ADVICE, follow=(1.5,))),
    "balking: 1.5": visiting(balking=1.5),
    "come_back: -0.5": visiting(come_back=-0.5),
    "extras: 2": visiting(extras=((2, SERVICE),)),
    "form: 1.2": visiting(form=Form(0.5, None, wrong=1.2)),
    "less than all not answered": visiting(tickets=Tickets(no_show=1.0)),
    "at least one for each": visiting(tickets=Tickets(per_customer=0.5)),
}


@pytest.mark.parametrize("told", REFUSED)
def test_what_is_wrong_is_told(told):
    with pytest.raises(InvalidParameterError, match=told):
        check_hall(REFUSED[told])


def test_everything_wrong_is_told_at_once():
    wrong = replace(HALL, period=-1, head_start=-1, stations=(Station("desk", capacity=0),))
    with pytest.raises(InvalidParameterError, match=r"period.*head_start.*capacity"):
        check_hall(wrong)


def test_a_hall_that_is_right_passes():
    check_hall(HALL)


@pytest.mark.parametrize("values", [(-1.0,), (np.nan,), (np.inf,)])
def test_a_table_holds_times(values):
    with pytest.raises(InvalidParameterError, match="values"):
        Distribution.table(values, (1.0,))
