"""Files in: a whole branch is read as it stands, and every fault of a malformed one is told at once."""

import errno
import os

import pytest

from optimizer.errors import DataRefused, Fault
from optimizer.problem import read_branch, read_policy, read_today


def places(faults):
    return [(file, place) for file, place, _, _ in faults]


def cell(files, table, line, column, text):
    """Change one cell of a table, by the line of the file it stands on."""
    files[table][line - 1][files[table][0].index(column)] = text


def test_a_whole_branch_is_read_as_it_stands(branch_folder):
    branch = read_branch(branch_folder)
    assert branch.name == "Small branch"
    assert branch.arrivals["weekday"]["withdrawal"]["ordinary"] == (6.0,) * 8
    assert branch.channels["cash"].service["deposit"].mean == 5.0
    assert branch.channels["cash"].service["deposit"].distribution == "lognormal"
    assert branch.channels["general"].service["opening"].scv == 0.5
    assert branch.transactions["deposit"].amount.shares == (0.25, 0.5, 0.25)
    assert read_branch(str(branch_folder)) == branch


def test_five_different_faults_are_five_faults(branch_files, faults_of):
    toml = branch_files["branch.toml"]
    toml["windows"] = "four"
    toml["tiers"]["vip"]["priorty"] = 2
    del toml["skills"]["teller"]["wage"]
    toml["diversions"]["withdrawal_to_atm"]["to"] = "kiosk"
    cell(branch_files, "arrivals.csv", 4, "customers", "four")
    assert sorted(faults_of(branch_files)) == [
        ("arrivals.csv", "line 4, customers", "four", "a number"),
        ("branch.toml", "diversions.withdrawal_to_atm.to", "kiosk", "a machine or remote channel, one of: atm, ebank"),
        ("branch.toml", "skills.teller.wage", "absent", "this key"),
        ("branch.toml", "tiers.vip.priorty", 2, "no such key (is it misspelt?)"),
        ("branch.toml", "windows", "four", "a valid integer"),
    ]


def test_a_fault_says_file_place_value_and_what_was_expected(branch_files, branch_folder, write_files):
    branch_files["branch.toml"]["windows"] = 0
    with pytest.raises(DataRefused) as refused:
        read_branch(write_files(branch_folder, branch_files))
    assert refused.value.faults == (Fault("branch.toml", "windows", 0, "greater than or equal to 1"),)
    assert str(refused.value) == "1 fault\nbranch.toml: windows: 0: expected greater than or equal to 1"


def test_a_long_value_is_cut_in_the_sentence():
    assert str(Fault("f", "p", "x" * 200, "less")) == f"f: p: '{'x' * 56}...: expected less"


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(DataRefused) as refused:
        read_branch(tmp_path / "nowhere")
    (fault,) = refused.value.faults
    assert fault.file.endswith("branch.toml")
    assert (fault.place, fault.expected) == ("file", "a readable UTF-8 file")


def test_a_file_in_another_encoding(branch_folder):
    (branch_folder / "branch.toml").write_bytes('name = "网点"'.encode("gb18030"))
    with pytest.raises(DataRefused) as refused:
        read_branch(branch_folder)
    assert [f.expected for f in refused.value.faults] == ["a readable UTF-8 file"]


def test_a_table_in_another_encoding_is_one_fault(branch_folder):
    (branch_folder / "arrivals.csv").write_bytes("网点".encode("gb18030"))
    with pytest.raises(DataRefused) as refused:
        read_branch(branch_folder)
    assert [(f.file, f.place, f.expected) for f in refused.value.faults] == [
        ("arrivals.csv", "file", 'a readable UTF-8 table: save it as "CSV UTF-8"')
    ]
    assert refused.value.faults[0].value == "not UTF-8"


@pytest.mark.parametrize("name", ["branch.toml", "amounts.csv"])
def test_a_file_that_cannot_be_opened_is_told_in_the_words_of_the_system(branch_folder, name):
    (branch_folder / name).unlink()
    (branch_folder / name).mkdir()
    with pytest.raises(DataRefused) as refused:
        read_branch(branch_folder)
    assert [f.value for f in refused.value.faults] == [os.strerror(errno.EISDIR)]


def test_a_byte_order_mark_as_spreadsheets_write_it_is_no_fault(branch_folder):
    whole = read_branch(branch_folder)
    for path in branch_folder.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_branch(branch_folder) == whole
    assert read_today(branch_folder).greeters == 1


def test_syntax_errors_say_the_line(branch_files, faults_of):
    branch_files["branch.toml"] = 'name = "x"\nperiod = = 30\n'
    ((file, place, value, expected),) = faults_of(branch_files)
    assert (file, place, expected) == ("branch.toml", "syntax", "TOML")
    assert "line 2" in value


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "9" * 5000])
def test_files_that_no_reader_can_hold_are_refused(branch_files, faults_of, text):
    branch_files["branch.toml"] = text
    assert places(faults_of(branch_files)) == [("branch.toml", "file")]


@pytest.mark.parametrize("table", ["arrivals.csv", "service_times.csv", "amounts.csv"])
def test_a_wrong_header_is_one_fault(branch_files, faults_of, table):
    header = branch_files[table][0]
    branch_files[table][0] = [*header[:-1], "wrong"]
    assert faults_of(branch_files) == [(table, "line 1", ",".join([*header[:-1], "wrong"]), ",".join(header))]


@pytest.mark.parametrize("table", ["arrivals.csv", "service_times.csv", "amounts.csv"])
def test_an_empty_table_is_one_fault(branch_files, faults_of, table):
    header = ",".join(branch_files[table][0])
    branch_files[table] = ""
    assert faults_of(branch_files) == [(table, "line 1", "", header)]


def test_the_table_of_arrivals_must_be_there(branch_files, faults_of):
    header = ",".join(branch_files.pop("arrivals.csv")[0])
    assert faults_of(branch_files) == [("arrivals.csv", "file", "absent", f"a table with the columns {header}")]


def test_arrivals_have_no_place_in_the_toml_file(branch_files, faults_of):
    branch_files["branch.toml"]["arrivals"] = {}
    assert faults_of(branch_files) == [
        ("branch.toml", "arrivals", {}, "no such key: its place is arrivals.csv"),
    ]


def test_service_times_and_amounts_may_stand_in_the_toml_file(branch_files, branch_folder, write_files, tmp_path):
    whole = read_branch(branch_folder)
    toml = branch_files["branch.toml"]
    for channel, transaction, distribution, mean, scv in branch_files.pop("service_times.csv")[1:]:
        entry = {"distribution": distribution, "mean": float(mean), "scv": float(scv)}
        toml["channels"][channel].setdefault("service", {})[transaction] = entry
    rows = branch_files.pop("amounts.csv")[1:]
    toml["transactions"]["deposit"]["amount"] |= {
        "amounts": [float(amount) for _, amount, _ in rows],
        "shares": [float(share) for _, _, share in rows],
    }
    assert read_branch(write_files(tmp_path / "inline", branch_files)) == whole


@pytest.mark.parametrize("cells", [["weekday", "09:00"], ["weekday", "09:00", "withdrawal", "vip", "1", "2"]])
def test_a_row_of_another_width_is_one_fault(branch_files, faults_of, cells):
    branch_files["arrivals.csv"][2] = cells
    expected = "5 values, one for each column"
    assert faults_of(branch_files) == [("arrivals.csv", "line 3", f"{len(cells)} values", expected)]


@pytest.mark.parametrize("table", ["service_times.csv", "amounts.csv"])
def test_a_short_row_is_one_fault_whatever_depends_on_it(branch_files, faults_of, table):
    branch_files[table][2] = branch_files[table][2][:2]
    assert places(faults_of(branch_files)) == [(table, "line 3")]


def test_blank_lines_and_quoted_cells_keep_their_line_numbers(branch_files, faults_of):
    text = "day_type,start,transaction,tier,customers\n\n"
    text += 'weekday,"09:00",withdrawal,ordinary,"6"\nweekday,09:30,withdrawal,ordinary,"si\nx"\n'
    branch_files["arrivals.csv"] = text + "weekday,24:30,withdrawal,ordinary,6\n"
    told = faults_of(branch_files)
    assert ("arrivals.csv", "line 6, start", "24:30", 'a time of day as "HH:MM"') in told
    assert ("arrivals.csv", "line 5, customers", "si\nx", "a number") in told


@pytest.mark.parametrize("text", ["25:00", "9", "09:60", "24:01", "", "09:00:00", "noon", "-1:00"])
def test_clock_times_that_are_none(branch_files, faults_of, text):
    branch_files["branch.toml"]["opening"]["saturday"]["open"] = text
    cell(branch_files, "arrivals.csv", 2, "start", text)
    assert sorted(faults_of(branch_files)) == [
        ("arrivals.csv", "line 2, start", text, 'a time of day as "HH:MM"'),
        ("branch.toml", "opening.saturday.open", text, 'a time of day as "HH:MM"'),
    ]


@pytest.mark.parametrize(
    ("table", "line", "column"),
    [("arrivals.csv", 3, "customers"), ("service_times.csv", 3, "mean"), ("service_times.csv", 3, "scv"),
     ("amounts.csv", 3, "amount"), ("amounts.csv", 3, "share")],
)  # fmt: skip
@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "-1", "1,5", "", "1e400"])
def test_numbers_that_are_none_are_one_fault_with_their_line(branch_files, faults_of, table, line, column, text):
    cell(branch_files, table, line, column, text)
    assert places(faults_of(branch_files)) == [(table, f"line {line}, {column}")]


def test_text_and_truth_values_are_no_numbers(branch_files, faults_of):
    toml = branch_files["branch.toml"]
    toml["period"] = "30"
    toml["overtime_multiplier"] = True
    toml["tiers"]["vip"]["patience"] = "60"
    told = [("branch.toml", "overtime_multiplier"), ("branch.toml", "period"), ("branch.toml", "tiers.vip.patience")]
    assert sorted(places(faults_of(branch_files))) == told


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    "place",
    ["busyness_scv", "transactions.withdrawal.amount.log_mean", "channels.atm.limit", "targets.lobby_wait.most",
     "diversions.withdrawal_to_atm.thresholds.1", "skills.teller.shifts.lengths.0", "campaigns.points.uplift"],
)  # fmt: skip
def test_no_quantity_is_infinite(branch_files, faults_of, put, place, value):
    put(branch_files["branch.toml"], place, value)
    assert places(faults_of(branch_files)) == [("branch.toml", place)]


def test_a_kind_of_channel_that_is_none_is_one_fault(branch_files, faults_of):
    branch_files["branch.toml"]["channels"]["atm"]["kind"] = "kiosk"
    assert faults_of(branch_files) == [
        ("branch.toml", "channels.atm.kind", "kiosk", "one of 'greeter', 'window', 'machine', 'remote'")
    ]
    del branch_files["branch.toml"]["channels"]["atm"]["kind"]
    assert faults_of(branch_files) == [("branch.toml", "channels.atm.kind", "absent", "this key")]


@pytest.mark.parametrize("table", ["opening", "day_types", "tiers", "transactions", "channels", "skills"])
@pytest.mark.parametrize("value", [None, {}, "all", 3, []])
def test_a_malformed_table_is_one_fault_whatever_refers_to_it(branch_files, faults_of, table, value):
    if value is None:
        del branch_files["branch.toml"][table]
    else:
        branch_files["branch.toml"][table] = value
    assert places(faults_of(branch_files)) == [("branch.toml", table)]


@pytest.mark.parametrize(("table", "name"), [("opening", "monday"), ("campaigns", "points")])
def test_a_name_misspelt_where_it_is_given_is_one_fault(branch_files, faults_of, table, name):
    given = branch_files["branch.toml"][table]
    given[name.title()] = given.pop(name)
    ((_, place, *_),) = faults_of(branch_files)
    assert place == f"{table}.{name.title()}"


def test_a_name_misspelt_twice_in_one_place_is_one_fault(branch_files, faults_of):
    branch_files["branch.toml"]["diversions"]["withdrawal_to_atm"]["tiers"] = ["gold", "gold"]
    assert places(faults_of(branch_files)) == [("branch.toml", "diversions.withdrawal_to_atm.tiers")]


def test_a_name_in_other_letters(branch_files, faults_of):
    toml = branch_files["branch.toml"]
    toml["campaigns"]["Big Gifts"] = {"cost": 1}
    expected = "lower-case letters, digits and underscores, beginning with a letter"
    assert faults_of(branch_files) == [("branch.toml", "campaigns.Big Gifts", "Big Gifts", expected)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"least": None}, "within and least, not most"),
        ({"within": None}, "within and least, not most"),
        ({"most": 3}, "within and least, not most"),
        ({"measure": "mean_wait"}, "most, neither within nor least"),
    ],
)
def test_bounds_that_do_not_fit_the_measure(branch_files, faults_of, change, told):
    target = branch_files["branch.toml"]["targets"]["cash_fast"] | change
    branch_files["branch.toml"]["targets"]["cash_fast"] = {k: v for k, v in target.items() if v is not None}
    ((_, place, _, expected),) = faults_of(branch_files)
    assert (place, expected) == ("targets.cash_fast", told)


class TestArrivals:
    def test_a_missing_period_of_one_class(self, branch_files, faults_of):
        row = branch_files["arrivals.csv"].pop(7)
        assert row[:4] == ["weekday", "09:30", "withdrawal", "ordinary"]
        assert faults_of(branch_files) == [
            ("arrivals.csv", "weekday, withdrawal, ordinary", "no row for 09:30", "a row for every period")
        ]

    def test_a_missing_period_of_every_class(self, branch_files, faults_of):
        rows = branch_files["arrivals.csv"]
        branch_files["arrivals.csv"] = [row for row in rows if row[:2] != ["saturday", "10:30"]]
        told = faults_of(branch_files)
        assert len(told) == 6
        assert {value for _, _, value, _ in told} == {"no row for 10:30"}

    def test_a_class_that_never_comes_needs_no_rows(self, branch_files, branch_folder, write_files):
        rows = branch_files["arrivals.csv"]
        branch_files["arrivals.csv"] = [row for row in rows if row[2] != "advice"]
        branch = read_branch(write_files(branch_folder, branch_files))
        assert "advice" not in branch.arrivals["weekday"]

    def test_a_doubled_period(self, branch_files, faults_of):
        branch_files["arrivals.csv"].append(["saturday", "10:00", "withdrawal", "vip", "3"])
        line = len(branch_files["arrivals.csv"])
        assert faults_of(branch_files) == [("arrivals.csv", f"line {line}, start", "10:00", "each period once")]

    def test_a_period_written_twice_instead_of_the_next_is_one_fault(self, branch_files, faults_of):
        cell(branch_files, "arrivals.csv", 8, "start", "09:00")
        assert faults_of(branch_files) == [("arrivals.csv", "line 8, start", "09:00", "each period once")]

    @pytest.mark.parametrize("start", ["08:30", "13:00", "09:10"])
    def test_a_start_outside_the_periods(self, branch_files, faults_of, start):
        cell(branch_files, "arrivals.csv", 8, "start", start)
        expected = "the start of a period of opening"
        assert faults_of(branch_files) == [("arrivals.csv", "line 8, start", start, expected)]

    @pytest.mark.parametrize("column", ["day_type", "transaction", "tier"])
    def test_an_unknown_name_is_one_fault_with_its_first_line(self, branch_files, faults_of, column):
        cell(branch_files, "arrivals.csv", 8, column, "other")
        cell(branch_files, "arrivals.csv", 14, column, "other")
        ((file, place, value, expected),) = faults_of(branch_files)
        assert (file, place, value) == ("arrivals.csv", f"line 8, {column}", "other")
        assert expected.startswith(f"a {column} of branch.toml, one of: ")

    def test_a_day_type_without_rows(self, branch_files, faults_of):
        rows = branch_files["arrivals.csv"]
        branch_files["arrivals.csv"] = [row for row in rows if row[0] != "saturday"]
        assert faults_of(branch_files) == [("arrivals.csv", "day_type", "saturday", "rows for every day type")]

    def test_a_day_type_misspelt_throughout_is_one_fault(self, branch_files, faults_of):
        for row in branch_files["arrivals.csv"]:
            row[0] = row[0].replace("saturday", "saturdays")
        assert places(faults_of(branch_files)) == [("arrivals.csv", "line 50, day_type")]

    def test_several_mistakes_at_once(self, branch_files, faults_of):
        del branch_files["arrivals.csv"][-1]
        cell(branch_files, "arrivals.csv", 2, "customers", "many")
        cell(branch_files, "arrivals.csv", 10, "tier", "gold")
        cell(branch_files, "arrivals.csv", 17, "start", "25:00")
        cell(branch_files, "arrivals.csv", 23, "customers", "-2")
        branch_files["branch.toml"]["windows"] = 0
        assert sorted(places(faults_of(branch_files))) == [
            ("arrivals.csv", "line 10, tier"),
            ("arrivals.csv", "line 17, start"),
            ("arrivals.csv", "line 2, customers"),
            ("arrivals.csv", "line 23, customers"),
            ("arrivals.csv", "saturday, advice, ordinary"),
            ("branch.toml", "windows"),
        ]


class TestServiceTimes:
    def test_an_unknown_channel_is_one_fault_with_its_first_line(self, branch_files, faults_of):
        cell(branch_files, "service_times.csv", 3, "channel", "kiosk")
        cell(branch_files, "service_times.csv", 5, "channel", "kiosk")
        expected = "a channel of branch.toml, one of: lobby, cash, general, atm, ebank"
        assert faults_of(branch_files) == [("service_times.csv", "line 3, channel", "kiosk", expected)]

    def test_an_unknown_transaction_is_one_fault(self, branch_files, faults_of):
        cell(branch_files, "service_times.csv", 5, "transaction", "withdrawl")
        expected = "a transaction, one of: withdrawal, deposit, opening, advice"
        assert faults_of(branch_files) == [("service_times.csv", "line 5, transaction", "withdrawl", expected)]

    def test_a_row_with_two_unknown_names_is_two_faults(self, branch_files, faults_of):
        cell(branch_files, "service_times.csv", 5, "channel", "kiosk")
        cell(branch_files, "service_times.csv", 5, "transaction", "withdrawl")
        told = [("service_times.csv", "line 5, channel"), ("service_times.csv", "line 5, transaction")]
        assert places(faults_of(branch_files)) == told

    def test_an_unknown_distribution(self, branch_files, faults_of):
        cell(branch_files, "service_times.csv", 3, "distribution", "normal")
        assert places(faults_of(branch_files)) == [("service_times.csv", "line 3, distribution")]

    @pytest.mark.parametrize("row", [["cash", "deposit"], ["general", "opening"]])
    def test_a_service_time_given_twice(self, branch_files, faults_of, row):
        branch_files["service_times.csv"].append([*row, "exponential", "3", "1"])
        expected = f"each transaction once for {row[0]}"
        assert faults_of(branch_files) == [("service_times.csv", "line 8, transaction", row[1], expected)]


class TestAmounts:
    def test_shares_that_do_not_sum_to_one(self, branch_files, faults_of):
        cell(branch_files, "amounts.csv", 3, "share", "0.4")
        assert faults_of(branch_files) == [
            ("amounts.csv", "transactions.deposit.amount", pytest.approx(0.9), "shares that sum to 1")
        ]

    def test_amounts_that_fall(self, branch_files, faults_of):
        cell(branch_files, "amounts.csv", 3, "amount", "800")
        place = "transactions.deposit.amount"
        assert faults_of(branch_files) == [("amounts.csv", place, "800 after 1000", "amounts that increase")]

    @pytest.mark.parametrize("transaction", ["opening", "withdrawal", "deposits"])
    def test_a_transaction_without_a_table_is_one_fault_with_its_first_line(self, branch_files, faults_of, transaction):
        branch_files["amounts.csv"] += [[transaction, "100", "0.5"], [transaction, "200", "0.5"]]
        expected = 'a transaction with amount.distribution = "table"'
        assert faults_of(branch_files) == [("amounts.csv", "line 5, transaction", transaction, expected)]

    @pytest.mark.parametrize("amount", [{"distribution": "tables"}, {}, "table", 3])
    def test_an_amount_that_is_malformed_is_one_fault_whatever_its_rows(self, branch_files, faults_of, amount):
        branch_files["branch.toml"]["transactions"]["deposit"]["amount"] = amount
        ((file, place, *_),) = faults_of(branch_files)
        assert file == "branch.toml"
        assert place.startswith("transactions.deposit.amount")

    def test_a_table_without_rows(self, branch_files, faults_of):
        del branch_files["amounts.csv"]
        expected = "one or more amounts, each with its share"
        assert faults_of(branch_files) == [("amounts.csv", "transactions.deposit.amount", "0 amounts", expected)]


class TestPolicyFile:
    def test_a_branch_without_a_policy_of_today(self, branch_folder):
        (branch_folder / "today.json").unlink()
        assert read_today(branch_folder) is None

    def test_every_fault_at_once(self, branch_files, tmp_path, write_files):
        policy = branch_files["today.json"]
        policy["greeters"] = -1
        policy["campagin"] = "points"
        policy["days"]["weekday"]["windows"]["cash"][3] = 1.5
        policy["days"]["weekday"]["shifts"][0]["shift"]["end"] = "8:00"
        policy["days"]["saturday"]["shifts"][0]["people"] = 0
        policy["days"]["saturday"]["shifts"][1]["shift"]["meal_start"] = "10:00"
        with pytest.raises(DataRefused) as refused:
            read_policy(write_files(tmp_path, branch_files) / "today.json")
        assert sorted((f.file, f.place) for f in refused.value.faults) == [
            ("today.json", "campagin"),
            ("today.json", "days.saturday.shifts.0.people"),
            ("today.json", "days.saturday.shifts.1.shift"),
            ("today.json", "days.weekday.shifts.0.shift"),
            ("today.json", "days.weekday.windows.cash.3"),
            ("today.json", "greeters"),
        ]

    @pytest.mark.parametrize(
        ("text", "place"),
        [("{", "line 1, column 2"), ("", "line 1, column 1"), ("[]", "file"), ("[" * 100_000, "file"),
         ("9" * 5000, "file")],
    )  # fmt: skip
    def test_text_that_is_no_policy(self, tmp_path, text, place):
        (tmp_path / "policy.json").write_text(text)
        with pytest.raises(DataRefused) as refused:
            read_policy(tmp_path / "policy.json")
        assert [(f.file, f.place) for f in refused.value.faults] == [("policy.json", place)]

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(DataRefused) as refused:
            read_policy(tmp_path / "policy.json")
        assert [f.expected for f in refused.value.faults] == ["a readable UTF-8 file"]
