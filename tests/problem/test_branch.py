"""The branch: names that refer to something, numbers that fit together, and what follows from the calendar."""

import pytest
from pydantic import ValidationError

from optimizer.problem import Branch, Greeter, Target, format_clock
from optimizer.problem.calendar import WEEKDAYS
from optimizer.problem.quantities import parse_clock
from optimizer.problem.references import reference_faults

LEVEL = {"channel": "atm", "measure": "service_level", "within": 5, "least": 0.5}
AMOUNT = {"distribution": "table"}
OWN_HOURS = {"open": "10:00", "close": "11:00"}

# What is set where in branch.toml; the fault that follows, as (place, value), or None where it is permitted.
RULES = {
    # opening_faults
    "hours of whole periods": ("opening.saturday", {"open": "10:00", "close": "11:00"}, None),
    "hours not of whole periods": ("opening.saturday.close", "11:10", ("opening.saturday", "70 minutes")),
    "closing before opening": ("opening.saturday.close", "09:00", ("opening.saturday", "-60 minutes")),
    "closing at opening": ("opening.saturday.close", "10:00", ("opening.saturday", "0 minutes")),
    "day type of equal hours": ("opening.tuesday", {"open": "09:00", "close": "13:00"}, None),
    "day type of different hours": (
        "opening.tuesday.close", "12:00", ("day_types.weekday.weekdays", ["monday", "tuesday"])),
    "weekday with hours": ("opening.sunday", OWN_HOURS, None),
    "weekday without hours": (
        "day_types.saturday.weekdays", ["saturday", "sunday"], ("day_types.saturday.weekdays", "sunday")),
    "weekday that is none": (
        "day_types.saturday.weekdays", ["saturday", "sonntag"], ("day_types.saturday.weekdays.1", "sonntag")),
    # transaction_faults
    "home that serves": ("transactions.opening.channel", "general", None),
    "home that is none": ("transactions.opening.channel", "desk", ("transactions.opening.channel", "desk")),
    "home that does not serve": ("transactions.opening.channel", "cash", ("transactions.opening.channel", "cash")),
    "home at the greeter": ("transactions.opening.channel", "lobby", ("transactions.opening.channel", "lobby")),
    "home of a tier": ("transactions.opening.channel_by_tier", {"vip": "general"}, None),
    "home of a tier that is none": (
        "transactions.opening.channel_by_tier", {"gold": "general"}, ("transactions.opening.channel_by_tier", "gold")),
    "home of a tier that does not serve": (
        "transactions.opening.channel_by_tier", {"vip": "atm"}, ("transactions.opening.channel_by_tier.vip", "atm")),
    "amounts that fit": (
        "transactions.opening.amount", {"distribution": "table", "amounts": [1, 2], "shares": [0.5, 0.5]}, None),
    "amounts without a share": (
        "transactions.opening.amount", {"distribution": "table", "amounts": [1, 2], "shares": [1.0]},
        ("transactions.opening.amount", "2 amounts")),
    "shares beyond one": (
        "transactions.opening.amount", {"distribution": "table", "amounts": [1, 2], "shares": [0.5, 0.75]},
        ("transactions.opening.amount", 1.25)),
    "equal amounts": (
        "transactions.opening.amount", {"distribution": "table", "amounts": [2, 2], "shares": [0.5, 0.5]},
        ("transactions.opening.amount", "2 after 2")),
    # channel_faults
    "service of a transaction": ("channels.cash.service", {"advice": {"mean": 3}}, None),
    "service of none": ("channels.cash.service", {"loan": {"mean": 3}}, ("channels.cash.service", "loan")),
    "least equal to most": ("channels.cash.least", 3, None),
    "least above most": ("channels.cash.least", 4, ("channels.cash.least", 4.0)),
    "second machine": ("channels.kiosk", {"kind": "machine", "units": 1}, None),
    "second greeter": (
        "channels.porter", {"kind": "greeter", "minutes": 1, "levels": [1]}, ("channels", ["lobby", "porter"])),
    # diversion_faults
    "diversion of all tiers": ("diversions.deposit_to_ebank.tiers", [], None),
    "diversion of a tier that is none": (
        "diversions.deposit_to_ebank.tiers", ["gold"], ("diversions.deposit_to_ebank.tiers", "gold")),
    "diversion of a transaction that is none": (
        "diversions.deposit_to_ebank.transaction", "loan", ("diversions.deposit_to_ebank.transaction", "loan")),
    "diversion to a remote channel": ("diversions.withdrawal_to_atm.to", "atm", None),
    "diversion to a window": (
        "diversions.withdrawal_to_atm.to", "general", ("diversions.withdrawal_to_atm.to", "general")),
    "diversion to one that does not serve": (
        "diversions.withdrawal_to_atm.to", "ebank", ("diversions.withdrawal_to_atm.to", "ebank")),
    "diversion of a transaction without an amount": (
        "diversions.deposit_to_ebank.transaction", "advice", ("diversions.deposit_to_ebank.transaction", "advice")),
    "second diversion of a transaction": (
        "diversions.again",
        {"transaction": "deposit", "to": "ebank", "thresholds": [1], "able": 1, "compliance": [1]},
        ("diversions.again.transaction", "deposit")),
    "diversion from the channel of some tiers": (
        "transactions.deposit", {"channel": "ebank", "channel_by_tier": {"vip": "cash"}, "amount": AMOUNT}, None),
    "diversion from the channel of no tier": (
        "transactions.deposit", {"channel": "ebank", "amount": AMOUNT}, ("diversions.deposit_to_ebank.to", "ebank")),
    "diversion from the channel of no tier that is asked": (
        "transactions.withdrawal.channel_by_tier", {"ordinary": "atm"}, ("diversions.withdrawal_to_atm.to", "atm")),
    # people_faults
    "people for a window": ("skills.teller.serves", ["cash"], None),
    "people for a machine": ("skills.teller.serves", ["cash", "atm"], ("skills.teller.serves", "atm")),
    "people for what is none": ("skills.teller.serves", ["desk"], ("skills.teller.serves", "desk")),
    "people of a day type": ("skills.teller.available", {"weekday": 3}, None),
    "people of a day type that is none": (
        "skills.teller.available", {"sunday": 3}, ("skills.teller.available", "sunday")),
    "starts by whole periods": ("skills.teller.shifts.start_step", 90, None),
    "starts between periods": (
        "skills.teller.shifts.start_step", 45, ("skills.teller.shifts.start_step", "45 minutes")),
    "lengths of whole periods": ("skills.teller.shifts.lengths", [1.5, 4], None),
    "lengths between periods": (
        "skills.teller.shifts.lengths", [4, 1.25], ("skills.teller.shifts.lengths.1", "75 minutes")),
    "meal of whole periods": ("skills.clerk.shifts.meal.minutes", 60, None),
    "meal between periods": (
        "skills.clerk.shifts.meal.minutes", 40, ("skills.clerk.shifts.meal.minutes", "40 minutes")),
    "shortest time for shifts": ("skills.teller.shifts.latest_end", "09:01", None),
    "no time for shifts": ("skills.teller.shifts.latest_end", "9:00", ("skills.teller.shifts.latest_end", "09:00")),
    "time for shifts ends before it starts": (
        "skills.teller.shifts.earliest_start", "13:30", ("skills.teller.shifts.latest_end", "13:00")),
    "just enough time for the meal": ("skills.clerk.shifts.meal.latest", "11:00", None),
    "too little time for the meal": (
        "skills.clerk.shifts.meal.latest", "10:59", ("skills.clerk.shifts.meal.latest", "10:59")),
    "time for the meal ends before it starts": (
        "skills.clerk.shifts.meal.earliest", "12:30", ("skills.clerk.shifts.meal.latest", "12:00")),
    # target_faults
    "target for a machine": ("targets.more", LEVEL, None),
    "target for the greeter": ("targets.more", LEVEL | {"channel": "lobby"}, None),
    "target for a remote channel": ("targets.more", LEVEL | {"channel": "ebank"}, ("targets.more.channel", "ebank")),
    "target for what is none": ("targets.more", LEVEL | {"channel": "desk"}, ("targets.more.channel", "desk")),
    "target for a tier at home there": ("targets.more", LEVEL | {"channel": "general", "tier": "vip"}, None),
    "target for a tier sent there": ("targets.more", LEVEL | {"tier": "ordinary"}, None),
    "target for a tier that is met": ("targets.more", LEVEL | {"channel": "lobby", "tier": "vip"}, None),
    "target for a tier that never comes": ("targets.more", LEVEL | {"tier": "vip"}, ("targets.more.tier", "vip")),
    "target for a tier that is none": ("targets.more", LEVEL | {"tier": "gold"}, ("targets.more.tier", "gold")),
    "target on a day type": ("targets.more", LEVEL | {"day_types": ["saturday"]}, None),
    "target on a day type that is none": (
        "targets.more", LEVEL | {"day_types": ["sunday"]}, ("targets.more.day_types", "sunday")),
    "diverted share of a transaction": ("diverted_shares.more", {"transactions": ["advice"], "least": 0.1}, None),
    "diverted share of none": (
        "diverted_shares.more", {"transactions": ["loan"], "least": 0.1},
        ("diverted_shares.more.transactions", "loan")),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_rules_of_reference_permit_and_forbid(branch_files, faults_of, put, rule):
    place, value, told = RULES[rule]
    put(branch_files["branch.toml"], place, value)
    faults = faults_of(branch_files)
    assert (faults and [fault[1:3] for fault in faults]) == (told and [told])


@pytest.mark.parametrize(("place", "value", "told"), [
    ("head_start", 10, None),
    ("head_start", 0, ("head_start", 0)),
    ("head_start", "10", ("head_start", "10")),
    ("channels.atm.come_back", 0, None),
    ("channels.atm.come_back", 1, None),
    ("channels.atm.come_back", -0.1, ("channels.atm.come_back", -0.1)),
    ("channels.atm.come_back", 1.1, ("channels.atm.come_back", 1.1)),
    ("channels.cash.come_back", 0.5, ("channels.cash.come_back", 0.5)),
    ("queue_rules.divert_from", [0, 2, 4], None),
    ("queue_rules.divert_from", [3], None),
    ("queue_rules.divert_from", [0, -1], ("queue_rules.divert_from.1", -1)),
    ("queue_rules.divert_from", [1.5], ("queue_rules.divert_from.0", 1.5)),
])  # fmt: skip
def test_fields_permit_and_forbid(branch_files, faults_of, put, place, value, told):
    put(branch_files["branch.toml"], place, value)
    faults = faults_of(branch_files)
    assert (faults and [fault[1:3] for fault in faults]) == (told and [told])


def test_a_period_that_does_not_divide_the_opening(branch_files, faults_of):
    branch_files["branch.toml"]["period"] = 50
    told = {place: value for _, place, value, _ in faults_of(branch_files) if place.startswith("opening")}
    assert told == {"opening.monday": "240 minutes", "opening.tuesday": "240 minutes", "opening.saturday": "60 minutes"}


@pytest.mark.parametrize(("period", "close", "told"), [
    (5, "10:05", []), (60, "11:00", []), (5, "10:04", ["4 minutes"]), (60, "11:01", ["61 minutes"]),
])  # fmt: skip
def test_hours_are_checked_for_the_shortest_and_the_longest_period(period, close, told):
    raw = {"period": period, "opening": {"monday": {"open": "10:00", "close": close}}}
    assert [fault.value for fault in reference_faults(raw)] == told


@pytest.mark.parametrize(
    ("names", "volumes", "told"),
    [
        (("weekday", "deposit", "vip"), (1.0,) * 8, None),
        (("saturday", "deposit", "vip"), (0.0, 2.5), None),
        (("weekday", "deposit", "vip"), (1.0,) * 7, "weekday, deposit, vip: '7 periods': expected 8 periods"),
        (("saturday", "deposit", "vip"), (), "saturday, deposit, vip: '0 periods': expected 2 periods"),
        (("sunday", "deposit", "vip"), (1.0,) * 8, "day_type: 'sunday': expected a day_type of branch.toml"),
        (("weekday", "loan", "vip"), (1.0,) * 8, "transaction: 'loan': expected a transaction of branch.toml"),
        (("weekday", "deposit", "gold"), (1.0,) * 8, "tier: 'gold': expected a tier of branch.toml"),
    ],
)
def test_arrivals_of_a_what_if_fit_the_branch(small_branch, names, volumes, told):
    arrivals = small_branch.model_dump()["arrivals"]
    arrivals.setdefault(names[0], {}).setdefault(names[1], {})[names[2]] = volumes
    if told is None:
        changed = small_branch.replace(arrivals=arrivals)
        assert changed.arrivals[names[0]][names[1]][names[2]] == volumes
    else:
        with pytest.raises(ValidationError, match="1 fault\n") as refused:
            small_branch.replace(arrivals=arrivals)
        assert told in str(refused.value)


def test_a_what_if_without_arrivals_for_a_day_type(small_branch):
    with pytest.raises(ValidationError, match="day_type: 'saturday': expected rows for every day type"):
        small_branch.replace(arrivals={"weekday": {}})


class TestCalendar:
    def test_clock_times_are_minutes_after_midnight(self):
        assert [parse_clock(text) for text in ("00:00", "9:05", "09:05", "24:00")] == [0, 545, 545, 1440]
        assert parse_clock(1440) == 1440

    @pytest.mark.parametrize("value", ["24:01", "25:00", "9:5", " 9:05", "09:05\n", "", None, 1441, -1, 9.5, True, []])
    def test_what_is_no_clock_time_is_refused(self, value):
        with pytest.raises(ValueError, match='a time of day as "HH:MM"'):
            parse_clock(value)

    @pytest.mark.parametrize("minutes", [0, 545, 779, 1440])
    def test_clock_times_are_written_as_they_are_read(self, minutes):
        assert parse_clock(format_clock(minutes)) == minutes

    def test_the_week_begins_on_monday(self):
        assert (WEEKDAYS[0], WEEKDAYS[-1], len(WEEKDAYS)) == ("monday", "sunday", 7)

    def test_hours_and_periods_of_a_day_type(self, small_branch):
        hours = small_branch.hours("weekday")
        assert (hours.open, hours.close) == (540, 780)
        assert (small_branch.periods("weekday"), small_branch.periods("saturday")) == (8, 2)

    def test_the_clock_of_a_period(self, small_branch):
        assert [small_branch.clock("saturday", t) for t in (0, 1, 2)] == ["10:00", "10:30", "11:00"]
        assert small_branch.clock("weekday", 7) == "12:30"

    @pytest.mark.parametrize(("place", "value"), [
        ("day_types.weekday.days", 0), ("day_types.weekday.weekdays", []), ("day_types.weekday.days_of_month", [0]),
        ("day_types.weekday.days_of_month", [32]), ("day_types.weekday.holiday", "maybe"), ("period", 4),
        ("period", 61), ("period", 30.0), ("opening.someday", OWN_HOURS),
    ])  # fmt: skip
    def test_what_is_no_calendar_is_one_fault(self, branch_files, faults_of, put, place, value):
        put(branch_files["branch.toml"], place, value)
        ((file, told, *_),) = faults_of(branch_files)
        assert file == "branch.toml"
        assert told.startswith(place)


class TestParts:
    def test_classes_are_every_transaction_of_every_tier_in_the_order_of_the_file(self, small_branch):
        assert small_branch.classes[:3] == (
            ("withdrawal", "ordinary"), ("withdrawal", "vip"), ("deposit", "ordinary"))  # fmt: skip
        assert len(small_branch.classes) == 8

    def test_channels_by_kind(self, small_branch):
        assert small_branch.greeter[0] == "lobby"
        assert isinstance(small_branch.greeter[1], Greeter)
        assert list(small_branch.roles) == ["cash", "general"]
        assert list(small_branch.machines) == ["atm"]
        assert list(small_branch.remotes) == ["ebank"]

    def test_a_branch_may_have_no_greeter(self, branch_files, branch_folder, write_files, small_branch):
        channels = {name: channel for name, channel in small_branch.channels.items() if name != "lobby"}
        skills = small_branch.skills | {"teller": small_branch.skills["teller"].replace(serves=["cash"])}
        targets = {n: t for n, t in small_branch.targets.items() if t.channel != "lobby"}
        assert small_branch.replace(channels=channels, skills=skills, targets=targets).greeter is None

    def test_home_is_the_channel_of_the_tier_or_of_all(self, small_branch):
        withdrawal = small_branch.transactions["withdrawal"]
        assert (withdrawal.home("ordinary"), withdrawal.home("vip")) == ("cash", "general")

    def test_people_on_duty_after_shrinkage(self, small_branch):
        clerk = small_branch.skills["clerk"]
        assert [clerk.on_duty(day) for day in ("weekday", "saturday", "sunday")] == [3, 1, 0]
        assert clerk.replace(available={"weekday": 5}).on_duty("weekday") == 4
        assert clerk.paid_factor() == pytest.approx(1.25)
        assert small_branch.skills["teller"].paid_factor() == 1.0

    @pytest.mark.parametrize(("change", "sentence"), [
        ({}, "fast: cash: 90.0% served within 5 min in every period"),
        ({"tier": "vip", "per": "day"}, "fast: cash of vip: 90.0% served within 5 min over the day"),
        ({"measure": "mean_wait", "within": None, "least": None, "most": 7.5},
         "fast: cash: mean wait at most 7.5 min in every period"),
        ({"measure": "abandonment", "within": None, "least": None, "most": 0.1},
         "fast: cash: abandonment at most 0.1 in every period"),
    ])  # fmt: skip
    def test_a_promise_in_words(self, change, sentence):
        target = Target(channel="cash", measure="service_level", within=5, least=0.9, per="period")
        assert target.replace(**change).sentence("fast") == sentence


class TestFrozen:
    @pytest.mark.parametrize(("path", "field"), [
        ((), "windows"), (("tiers", "vip"), "loss"), (("channels", "cash"), "most"), (("drift",), "weeks"),
        (("skills", "clerk", "shifts"), "lengths"),
    ])  # fmt: skip
    def test_no_field_can_be_assigned(self, small_branch, path, field):
        part = small_branch
        for name in path:
            part = part[name] if isinstance(part, dict) else getattr(part, name)
        before = getattr(part, field)
        with pytest.raises(ValidationError, match="frozen"):
            setattr(part, field, before)
        with pytest.raises(ValidationError, match="frozen"):
            delattr(part, field)
        assert getattr(part, field) == before

    def test_a_what_if_is_a_copy(self, small_branch):
        changed = small_branch.replace(windows=5)
        assert (changed.windows, small_branch.windows) == (5, 4)
        assert changed.replace(windows=4) == small_branch

    def test_a_what_if_may_follow_a_look_at_the_parts(self, small_branch):
        assert small_branch.classes
        assert small_branch.greeter
        tiers = {"ordinary": small_branch.tiers["ordinary"], "vip": small_branch.tiers["vip"].replace(loss=0)}
        changed = small_branch.replace(tiers=tiers)
        assert changed.tiers["vip"].loss == 0
        assert changed.classes == small_branch.classes

    def test_a_what_if_sees_its_own_parts(self, small_branch):
        assert list(small_branch.machines) == ["atm"]
        kiosk = small_branch.channels["atm"].replace(units=1)
        assert list(small_branch.replace(channels=small_branch.channels | {"kiosk": kiosk}).machines) == [
            "atm",
            "kiosk",
        ]

    @pytest.mark.parametrize(
        "changes", [{"windows": 0}, {"windows": "5"}, {"window": 5}, {"tiers": {}}, {"period": 25}, {"skills": None}]
    )
    def test_a_bad_what_if_is_refused(self, small_branch, changes):
        with pytest.raises(ValidationError):
            small_branch.replace(**changes)

    def test_defaults_of_a_branch(self, small_branch):
        needed = {name for name, field in Branch.model_fields.items() if field.is_required()}
        least = Branch(**{name: getattr(small_branch, name) for name in needed})
        assert list(least.campaigns) == ["none"]
        assert (least.least_role_time, least.busyness_scv, least.diversions, least.targets) == (0, 0.0, {}, {})
        assert (least.head_start, least.queue_rules.divert_from, least.machines["atm"].come_back) == (None, (0,), 0.0)
