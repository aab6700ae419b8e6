"""Service times of a table: minutes and shares that agree with the mean and scv given, in the TOML file or a table."""

import pytest

from optimizer.problem import read_branch

HEADER = ["channel", "transaction", "minutes", "share"]
PLACE = "channels.cash.service.withdrawal"
INLINE = {"mean": 4, "scv": 0.25, "distribution": "table", "minutes": [2, 6], "shares": [0.5, 0.5]}


def places(faults):
    return [(file, place) for file, place, *_ in faults]


def test_the_rows_are_read_in_their_order(table_files, write_files, tmp_path):
    service = read_branch(write_files(tmp_path, table_files)).channels["cash"].service["withdrawal"]
    assert (service.distribution, service.minutes, service.shares) == ("table", (2.0, 6.0), (0.5, 0.5))


def test_they_may_stand_in_the_toml_file(table_files, write_files, tmp_path):
    whole = read_branch(write_files(tmp_path / "tables", table_files))
    del table_files["service_tables.csv"], table_files["service_times.csv"][1]
    table_files["branch.toml"]["channels"]["cash"]["service"] = {"withdrawal": INLINE}
    assert read_branch(write_files(tmp_path / "inline", table_files)) == whole


@pytest.mark.parametrize(("distribution", "scv"), [("exponential", "1"), ("lognormal", "0.5"), ("gamma", "0.5")])
def test_the_other_distributions_need_no_table(table_files, faults_of, distribution, scv):
    del table_files["service_tables.csv"]
    table_files["service_times.csv"][1][2:] = [distribution, "4", scv]
    assert faults_of(table_files) is None


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [(3, "3.97", None), (3, "4.03", None), (3, "3.95", "4, that of its table, within 1%"),
     (3, "4.05", "4, that of its table, within 1%"), (4, "0.24", None), (4, "0.26", None),
     (4, "0.23", "0.25, that of its table, within 5%"), (4, "1", "0.25, that of its table, within 5%")],
)  # fmt: skip
def test_mean_and_scv_are_those_of_the_table(table_files, faults_of, column, text, expected):
    table_files["service_times.csv"][1][column] = text
    name = table_files["service_times.csv"][0][column]
    told = expected and [("service_times.csv", f"line 2, {name}", float(text), expected)]
    assert faults_of(table_files) == told


def test_a_single_service_time_has_no_variation(table_files, faults_of):
    table_files["service_tables.csv"][1:] = [["cash", "withdrawal", "4", "1"]]
    table_files["service_times.csv"][1][4] = "0"
    assert faults_of(table_files) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, None),
        ({"scv": ...}, ("branch.toml", f"{PLACE}.scv", 1.0, "0.25, that of its table, within 5%")),
        ({"mean": 5}, ("branch.toml", f"{PLACE}.mean", 5.0, "4, that of its table, within 1%")),
        ({"distribution": "gamma", "shares": ...},
         ("branch.toml", f"{PLACE}.minutes", (2.0, 6.0), 'none, unless the distribution is "table"')),
        ({"distribution": ..., "minutes": ...},
         ("branch.toml", f"{PLACE}.shares", (0.5, 0.5), 'none, unless the distribution is "table"')),
        ({"minutes": ..., "shares": ...},
         ("service_tables.csv", PLACE, "0 service times", "one or more service times, each with its share")),
        ({"shares": [1.0]},
         ("service_tables.csv", PLACE, "2 service times", "one or more service times, each with its share")),
        ({"shares": [0.5, 0.25]}, ("service_tables.csv", PLACE, 0.75, "shares that sum to 1")),
        ({"minutes": [6, 2]}, ("service_tables.csv", PLACE, "2 after 6", "service times that increase")),
        ({"minutes": [0, 2]}, ("branch.toml", f"{PLACE}.minutes.0", 0, "greater than 0")),
        ({"minutes": 4}, ("branch.toml", f"{PLACE}.minutes", 4, "a list")),
        ({"shares": ["half", 0.5]}, ("branch.toml", f"{PLACE}.shares.0", "half", "a valid number")),
    ],
)  # fmt: skip
def test_a_table_in_the_toml_file_permits_and_forbids(table_files, faults_of, change, told):
    del table_files["service_tables.csv"], table_files["service_times.csv"][1]
    service = {key: value for key, value in (INLINE | change).items() if value is not ...}
    table_files["branch.toml"]["channels"]["cash"]["service"] = {"withdrawal": service}
    assert faults_of(table_files) == (told and [told])


def test_an_absent_table_is_one_fault(table_files, faults_of):
    del table_files["service_tables.csv"]
    expected = "one or more service times, each with its share"
    assert faults_of(table_files) == [("service_tables.csv", PLACE, "0 service times", expected)]


@pytest.mark.parametrize(("cells", "told"), [
    (["cash", "deposit"], "cash, deposit"), (["cash", "loan"], "cash, loan"), (["desk", "withdrawal"],
     "desk, withdrawal"), (["ebank", "withdrawal"], "ebank, withdrawal"),
])  # fmt: skip
def test_rows_without_such_a_distribution_are_one_fault_with_their_first_line(table_files, faults_of, cells, told):
    table_files["service_tables.csv"] += [[*cells, "3", "0.5"], [*cells, "4", "0.5"]]
    expected = 'a service time with distribution = "table"'
    assert faults_of(table_files) == [("service_tables.csv", "line 4, channel, transaction", told, expected)]


@pytest.mark.parametrize("column", ["minutes", "share"])
@pytest.mark.parametrize("text", ["nan", "inf", "-1", "", "1,5", "many"])
def test_numbers_that_are_none_are_one_fault_with_their_line(table_files, faults_of, column, text):
    table_files["service_tables.csv"][2][HEADER.index(column)] = text
    assert places(faults_of(table_files)) == [("service_tables.csv", f"line 3, {column}")]


def test_a_wrong_header_is_one_fault(table_files, faults_of):
    table_files["service_tables.csv"][0] = ["channel", "transaction", "mean", "share"]
    told = ("service_tables.csv", "line 1", "channel,transaction,mean,share", ",".join(HEADER))
    assert faults_of(table_files) == [told]


def test_a_short_row_is_one_fault(table_files, faults_of):
    table_files["service_tables.csv"][2] = ["cash", "withdrawal"]
    assert places(faults_of(table_files)) == [("service_tables.csv", "line 3")]


@pytest.mark.parametrize(
    ("line", "column", "value", "place"),
    [(1, 3, "mean?", "line 1"), (2, 0, "kasse", "line 2, channel"), (2, 1, "withdrawl", "line 2, transaction"),
     (2, 2, "tabel", "line 2, distribution"), (2, 3, "four", "line 2, mean"), (2, 3, "-4", "line 2, mean"),
     (2, 4, "-1", "line 2, scv")],
)  # fmt: skip
def test_a_mistake_in_the_service_times_is_one_fault_whatever_their_tables(
    table_files, faults_of, line, column, value, place
):
    table_files["service_times.csv"][line - 1][column] = value
    assert places(faults_of(table_files)) == [("service_times.csv", place)]


@pytest.mark.parametrize("place", ["channels", "channels.cash", "channels.cash.service"])
def test_malformed_channels_are_one_fault_whatever_their_tables(table_files, faults_of, put, place):
    put(table_files["branch.toml"], place, 3)
    ((file, told, *_),) = faults_of(table_files)
    assert (file, told) == ("branch.toml", place)
