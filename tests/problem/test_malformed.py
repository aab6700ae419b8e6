"""Whatever stands in the files, a branch or a policy is read or refused with its faults, and nothing else happens."""

from contextlib import suppress
from copy import deepcopy
from datetime import date, time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from optimizer.errors import DataRefused, Fault
from optimizer.problem import Branch, read_branch, read_policy
from optimizer.problem.references import reference_faults

SEARCH = settings(
    max_examples=100, deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
TEXTS = st.sampled_from(
    ["", "cash", "vip", "weekday", "withdrawal", "machine", "monday", "25:00", "09:00", "点", "a\nb"]
)
LEAVES = st.one_of(
    TEXTS,
    st.booleans(),
    st.sampled_from([-1, 0, 1, 2, 7, 30, 10**18, -1.0, 0.5, 1e308, float("nan"), float("inf"), float("-inf")]),
    st.sampled_from([date(2026, 1, 1), time(9, 0)]),
)
GARBAGE = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
CELLS = st.sampled_from(
    ["", "nan", "inf", "-1", "0", "1e999", "x", "网点", "09:00", "9:30", "25:00", '"', ",", "a\nb", " ", "weekday",
     "vip", "cash", "deposit", "10" * 300]
)  # fmt: skip


def spots(data, here=()):
    """Every place in nested tables and lists."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*here, key)
        yield from spots(value, (*here, key))


def spoil(draw, data, garbage):
    """Replace, take away or add at up to four random places."""
    for _ in range(draw(st.integers(1, 4))):
        *path, last = draw(st.sampled_from(sorted(spots(data), key=repr)))
        part = data
        for key in path:
            part = part[key]
        match draw(st.sampled_from(["replace", "remove", "add"])):
            case "replace":
                part[last] = draw(garbage)
            case "remove":
                del part[last]
            case "add" if isinstance(part, dict):
                part[draw(st.sampled_from(["extra", "vip", "cash", "kind", "service", "amounts"]))] = draw(garbage)
            case _:
                part.append(draw(garbage))
        if not data:
            return


def accepted_or_refused(read, *arguments):
    """Nothing but a refusal is raised; it has its faults, each once, and can be said."""
    refused = None
    try:
        read(*arguments)
    except DataRefused as error:
        refused = error
    if refused is not None:
        told = [(f.file, f.place, repr(f.value), f.expected) for f in refused.faults]
        assert told
        assert len(set(told)) == len(told)
        assert str(refused).count("expected") >= len(told)


@given(data=st.data())
@SEARCH
def test_spoilt_toml(table_files, tmp_path, write_files, data):
    files = deepcopy(table_files)
    spoil(data.draw, files["branch.toml"], GARBAGE)
    accepted_or_refused(read_branch, write_files(tmp_path, files))


@given(data=st.data())
@SEARCH
def test_spoilt_tables(table_files, tmp_path, write_files, data):
    files = deepcopy(table_files)
    for _ in range(data.draw(st.integers(1, 4))):
        rows = files[data.draw(st.sampled_from([name for name in files if name.endswith(".csv")]))]
        row = rows[data.draw(st.integers(0, len(rows) - 1))]
        match data.draw(st.sampled_from(["cell", "cell", "shorter", "longer", "doubled"])):
            case "cell" if row:
                row[data.draw(st.integers(0, len(row) - 1))] = data.draw(CELLS)
            case "shorter" if row:
                del row[-1]
            case "doubled":
                rows.append(list(row))
            case _:
                row.append(data.draw(CELLS))
    if data.draw(st.booleans()):
        spoil(data.draw, files["branch.toml"], GARBAGE)
    accepted_or_refused(read_branch, write_files(tmp_path, files))


@given(
    table=st.sampled_from(["branch.toml", "arrivals.csv", "amounts.csv", "today.json"]),
    content=st.binary(max_size=40),
    at=st.integers(0, 500),
)
@SEARCH
def test_spoilt_bytes(branch_folder, table, content, at):
    path = branch_folder / table
    whole = path.read_bytes()
    path.write_bytes(whole[:at] + content + whole[at + len(content) :])
    try:
        accepted_or_refused(read_policy, path) if table == "today.json" else accepted_or_refused(
            read_branch, path.parent
        )
    finally:
        path.write_bytes(whole)


@given(data=st.data())
@SEARCH
def test_spoilt_policy(branch_files, tmp_path, write_files, data):
    policy = deepcopy(branch_files["today.json"])
    spoil(data.draw, policy, GARBAGE.map(plain) | st.none())
    accepted_or_refused(read_policy, write_files(tmp_path, {"today.json": policy}) / "today.json")


def plain(value):
    """What JSON can say."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value


@given(data=st.data())
@SEARCH
def test_spoilt_what_if(small_branch, data):
    raw = small_branch.model_dump(mode="json")
    raw["tiers"]["vip"] |= {"patience_distribution": "gamma", "patience_scv": 0.5}
    spoil(data.draw, raw, GARBAGE | st.none() | st.just(object()) | st.just(()))
    faults = reference_faults(raw)
    with suppress(ValidationError):
        Branch.model_validate(raw)
        assert faults == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("transactions.withdrawal.channel", ["cash"]),
        ("channels.atm.kind", ["machine"]),
        ("channels.atm.service", "withdrawal"),
        ("channels.atm.service", [1]),
        ("transactions.deposit.amount.shares", "1"),
        ("transactions.deposit.amount.amounts", 5),
        ("tiers.vip.patience_scv", True),
        ("tiers.vip.patience_minutes", 5),
        ("tiers.vip.patience_shares", "1"),
        ("tiers.vip.patience_distribution", ["gamma"]),
        ("head_start", "10"),
        ("queue_rules.divert_from", 3),
        ("day_types.weekday.weekdays", [["monday"]]),
        ("day_types.weekday.weekdays", "monday"),
        ("opening.monday", "09:00-17:00"),
        ("opening.monday.close", time(17, 0)),
        ("skills.teller.shifts.lengths", [1e308]),
        ("skills.teller.shifts.lengths", [10**18]),
        ("period", 0),
        ("period", -30),
        ("diversions.withdrawal_to_atm.transaction", {"name": "withdrawal"}),
        ("targets.cash_fast.day_types", "weekday"),
        ("targets.cash_fast", "fast"),
        ("diversions.withdrawal_to_atm", 3),
        ("diverted_shares.cash_aside", []),
        ("channels.general", 3),
        ("channels.cash.most", ...),
        ("channels.cash.most", True),
        ("skills.teller.shifts", "09:00"),
    ],
)
def test_malformed_values_are_refused_where_they_stand(branch_files, faults_of, put, place, value):
    put(branch_files["branch.toml"], place, value)
    ((file, told, *_),) = faults_of(branch_files)
    assert file == "branch.toml"
    assert told.startswith(place)


@pytest.mark.parametrize("faults", [[], [Fault("f", "p", 1, "2")] * 2])
def test_the_search_sees_a_refusal_without_faults_and_a_fault_told_twice(faults):
    def refuse():
        raise DataRefused(faults)

    with pytest.raises(AssertionError):
        accepted_or_refused(refuse)
