"""Quarters of the smallest branch."""

from pathlib import Path

import pytest

from optimizer.calibration.calendar import CalendarRules
from optimizer.calibration.quarter import Quarter, forecast_quarter
from optimizer.optimization import SearchOptions
from optimizer.optimization.ladder import LadderOptions
from optimizer.planning.quarter import QuarterOptions, plan_quarter
from optimizer.problem import Employee, RosterRules, Staff, read_branch
from optimizer.rostering import RosterOptions
from optimizer.verification import VerifyOptions

CORNER = Path(__file__).parent.parent.parent / "instances" / "corner"


@pytest.fixture(scope="session")
def corner():
    return read_branch(CORNER)


@pytest.fixture(scope="session")
def first_quarter(corner):
    return forecast_quarter(corner, Quarter(2027, 1), CalendarRules())


@pytest.fixture(scope="session")
def options():
    return QuarterOptions(
        search=SearchOptions(gap=0.1),
        doubts=VerifyOptions(days=200, explain=False),
        ladder=LadderOptions(prices=(0.25, 0.5, 1.0, 2.0)),
        roster=RosterOptions(time_limit=60.0),
    )


@pytest.fixture(scope="session")
def people():
    names = {f"{skill[0].upper()}{n:02d}": skill for skill in ("junior", "senior") for n in range(1, 4)}
    full = {name: Employee(name=name, skills=(skill,), contract="short_day") for name, skill in names.items()}
    return Staff(people=full)


@pytest.fixture(scope="session")
def short_days():
    """Rules with a contract for a branch that is open half a day."""
    return RosterRules(contracts={"short_day": {"hours": 20.0, "days": 5, "shifts": "any"}})


@pytest.fixture(scope="session")
def hired_quarter(first_quarter, options):
    return plan_quarter(first_quarter, RosterRules(), None, options)


@pytest.fixture(scope="session")
def staffed_quarter(first_quarter, short_days, people, options):
    return plan_quarter(first_quarter, short_days, people, options)
