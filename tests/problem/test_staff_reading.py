"""Staff files in, or every fault in them."""

from datetime import date
from pathlib import Path

import pytest

from optimizer.errors import DataRefused
from optimizer.problem import RosterRules, read_branch, read_roster_rules, read_staff

LARGE_BRANCH = Path(__file__).parent.parent.parent / "instances" / "large-branch"
ROSTER, PEOPLE, LEAVE, WISHES = "roster.toml", "people.csv", "leave.csv", "wishes.csv"


@pytest.fixture
def staff_files():
    """Staff files of the small branch; a test may change them."""
    return {
        ROSTER: {"late_from": "12:30", "contracts": {"weekend": {"hours": 16.0, "days": 2}}},
        PEOPLE: [
            ["name", "skills", "contract", "hours", "days_off", "worked_before"],
            ["T01", "teller", "full_time", "", "", "3"],
            ["T02", "teller|clerk", "", "32", "Tuesday|saturday", ""],
            ["王芳", "clerk", "weekend", "", "", ""],
        ],
        LEAVE: [["name", "from", "to", "reason"], ["T01", "2027/1/4", "2027-01-08", "training"],
                ["王芳", "2027-02-01", "2027-02-01", ""]],
        WISHES: [
            ["name", "from", "to", "shift", "wish", "weight"],
            ["T02", "2027-01-11", "2027-01-12", "9:00-13:00", "on", "20"],
            ["T01", "2027-01-11", "2027-01-11", "", "OFF", "50.5"],
        ],
    }  # fmt: skip


@pytest.fixture
def read(tmp_path, write_files, small_branch):
    """A function that reads staff files; it gives the staff, or the faults as (file, place, value, expected)."""

    def read(files):
        try:
            return read_staff(write_files(tmp_path / "staff", files), small_branch)
        except DataRefused as refused:
            return [(fault.file, fault.place, fault.value, fault.expected) for fault in refused.faults]

    return read


def test_people_leave_and_wishes_are_read(read, staff_files):
    staff = read(staff_files)
    assert [(p.name, p.skills, p.contract, p.hours, p.days_off, p.worked_before) for p in staff.people.values()] == [
        ("T01", ("teller",), "full_time", None, (), 3),
        ("T02", ("teller", "clerk"), "full_time", 32.0, ("tuesday", "saturday"), 0),
        ("王芳", ("clerk",), "weekend", None, (), 0),
    ]
    assert [(x.person, x.first, x.last, x.reason) for x in staff.leave] == [
        ("T01", date(2027, 1, 4), date(2027, 1, 8), "training"),
        ("王芳", date(2027, 2, 1), date(2027, 2, 1), "leave"),
    ]
    assert [(x.person, x.form, x.wanted, x.price) for x in staff.wishes] == [
        ("T02", "09:00-13:00", True, 20.0),
        ("T01", "any", False, 50.5),
    ]


def test_a_list_of_names_and_skills_is_enough(read):
    staff = read({PEOPLE: [["skills", "name"], ["teller", "T01"]]})
    assert (staff.people["T01"].contract, staff.leave, staff.wishes) == ("full_time", (), ())


def test_without_people_there_is_no_staff(read, tmp_path, write_files):
    assert read({}) is None
    assert read_roster_rules(write_files(tmp_path / "none", {})) == RosterRules()


def test_rules_are_read(tmp_path, write_files):
    folder = write_files(tmp_path / "rules", {ROSTER: {"late_from": "17:00", "forbidden": [["late", "9:00-13:00"]]}})
    rules = read_roster_rules(folder)
    assert (rules.late_from, rules.forbidden) == (17 * 60, (("late", "09:00-13:00"),))


def test_leave_without_people_is_a_fault(read, staff_files):
    assert read({LEAVE: staff_files[LEAVE]}) == [(PEOPLE, "file", "absent", "the people of leave.csv")]


@pytest.mark.parametrize(
    ("file", "row", "column", "value", "place", "expected"),
    [
        (PEOPLE, 1, 0, "", "line 2, name", "a name"),
        (PEOPLE, 2, 0, "T01", "line 3, name", "each name once; line 2 has it"),
        (PEOPLE, 1, 1, "cook", "line 2, skills", "a skill of branch.toml, one of: teller, clerk"),
        (PEOPLE, 1, 1, "", "line 2, skills", "skills of branch.toml, with | between them"),
        (PEOPLE, 1, 2, "temp", "line 2, contract", "a contract, one of: full_time, part_time, weekend"),
        (PEOPLE, 1, 2, "part_time", "line 2, contract", "a contract whose shifts the skills have"),
        (PEOPLE, 1, 3, "41", "line 2, hours", "hours a week above 0, at most 40 as the contract has it"),
        (PEOPLE, 1, 3, "0", "line 2, hours", "hours a week above 0, at most 40"),
        (PEOPLE, 1, 3, "nan", "line 2, hours", "hours a week above 0, at most 40"),
        (PEOPLE, 1, 4, "someday", "line 2, days_off", "weekdays with | between them"),
        (PEOPLE, 1, 4, "monday|tuesday|wednesday|thursday|friday|saturday|sunday", "line 2, days_off",
         "a day of the week on which the person can work"),
        (PEOPLE, 1, 5, "-1", "line 2, worked_before", "a whole number from 0 to 999"),
        (LEAVE, 1, 0, "T09", "line 2, name", "a name of people.csv"),
        (LEAVE, 1, 1, "4.1.2027", "line 2, from", 'a date as "YYYY-MM-DD"'),
        (LEAVE, 1, 2, "2027-02-30", "line 2, to", 'a date as "YYYY-MM-DD"'),
        (LEAVE, 1, 2, "2027-01-03", "line 2, to", "2027-01-04 or later"),
        (WISHES, 1, 0, "T09", "line 2, name", "a name of people.csv"),
        (WISHES, 1, 3, "night", "line 2, shift", "one of any, late, early, or start and end of a shift"),
        (WISHES, 1, 3, "09:00-12:00", "line 2, shift", "any, late, early, or start and end of a shift that teller or"),
        (WISHES, 1, 4, "maybe", "line 2, wish", "on or off"),
        (WISHES, 1, 5, "-1", "line 2, weight", "yuan, a number of at least 0"),
        (WISHES, 1, 5, "", "line 2, weight", "yuan, a number of at least 0"),
    ],
)  # fmt: skip
def test_one_mistake_is_one_fault(read, staff_files, file, row, column, value, place, expected):
    staff_files[file][row][column] = value
    if file == PEOPLE and column == 0:
        staff_files = {PEOPLE: staff_files[PEOPLE], ROSTER: staff_files[ROSTER]}
    (fault,) = read(staff_files)
    assert fault[:2] == (file, place)
    assert fault[3].startswith(expected)


def test_a_name_that_nobody_has_is_told_once_for_each_file(read, staff_files):
    staff_files[LEAVE] += [["T09", "2027-01-01", "2027-01-02", ""]] * 2
    assert [fault[:3] for fault in read(staff_files)] == [(LEAVE, "line 4, name", "T09")]


def test_every_fault_of_the_four_files_is_told_at_once(read, staff_files):
    staff_files[ROSTER]["rest_days"] = 9
    staff_files[PEOPLE][1][1] = "cook"
    staff_files[LEAVE][1][2] = "2027-01-03"
    staff_files[WISHES][1][5] = "much"
    assert [fault[0] for fault in read(staff_files)] == [ROSTER, PEOPLE, LEAVE, WISHES]


@pytest.mark.parametrize(
    ("file", "header", "told"),
    [
        (PEOPLE, ["name"], "the columns name,skills, and of contract,hours,days_off,worked_before"),
        (LEAVE, ["name", "from", "to", "why"], "the columns name,from,to, and of reason"),
        (WISHES, ["name", "name", "from", "to", "wish", "weight"], "the columns name,from,to,wish,weight, and"),
    ],
)
def test_other_columns_are_refused(read, staff_files, file, header, told):
    (fault,) = read(staff_files | {file: [header]})
    assert fault[:2] == (file, "line 1")
    assert fault[3].startswith(told)


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_columns_that_are_not_parted_by_commas_are_told(read, sign, name):
    (fault,) = read({PEOPLE: [[sign.join(["name", "skills"])], [sign.join(["T01", "teller"])]]})
    assert fault[:2] == (PEOPLE, "line 1")
    assert fault[3].endswith(f"; commas between columns, not {name}")


def test_a_list_in_another_encoding_says_how_to_save_it(tmp_path, small_branch):
    (tmp_path / PEOPLE).write_bytes("name,skills\n王芳,clerk\n".encode("gb18030"))
    with pytest.raises(DataRefused, match=r"people\.csv: file: 'not UTF-8': expected .* save it as \"CSV UTF-8\""):
        read_staff(tmp_path, small_branch)


def test_a_list_of_nobody_is_refused(read):
    assert read({PEOPLE: [["name", "skills"]]}) == [(PEOPLE, "file", "no rows", "a row for each person")]


def test_a_row_that_is_cut_off_is_one_fault(read, staff_files):
    staff_files[PEOPLE][1] = ["T01"]
    assert [fault[:3] for fault in read(staff_files)] == [(PEOPLE, "line 2", "1 values")]


@pytest.mark.parametrize(
    ("place", "value", "where", "expected"),
    [
        ("rest_betwen", 11, "rest_betwen", "no such key"),
        ("rest_days", 7, "rest_days", "less than or equal to 6"),
        ("late_from", "25:00", "late_from", 'a time of day as "HH:MM"'),
        ("early_until", 9, "early_until", 'a time of day as "HH:MM"'),
        ("forbidden", [["late"]], "forbidden.0", 'two shifts, such as ["late", "early"]'),
        ("forbidden", ["late"], "forbidden.0", "two shifts"),
        ("forbidden", [["late", "dawn"]], "forbidden.0.1", "one of any, late, early"),
        ("contracts", 3, "contracts", "a table"),
        ("contracts", {"weekend": 3}, "contracts.weekend", "a table"),
        ("contracts", {"full_time": {"hours": "many"}}, "contracts.full_time.hours", "a valid number"),
        ("contracts", {"part_time": {"paid": "weekly"}}, "contracts.part_time.paid", "'salary' or 'hour'"),
        ("contracts", {"full_time": {"hours": 50}}, "contracts.full_time.hours", "at most 40"),
        ("uncovered_price", -1, "uncovered_price", "greater than or equal to 0"),
    ],
)
def test_rules_that_cannot_be_are_refused(tmp_path, write_files, place, value, where, expected):
    folder = write_files(tmp_path / "rules", {ROSTER: {place: value}})
    with pytest.raises(DataRefused) as refused:
        read_roster_rules(folder)
    (fault,) = refused.value.faults
    assert (fault.file, fault.place) == (ROSTER, where)
    assert expected in fault.expected


def test_a_file_that_is_no_toml_is_refused(tmp_path, write_files):
    with pytest.raises(DataRefused, match="expected TOML"):
        read_roster_rules(write_files(tmp_path / "rules", {ROSTER: "rest_days = = 1"}))


def test_the_large_branch_has_forty_people():
    staff = read_staff(LARGE_BRANCH, read_branch(LARGE_BRANCH))
    assert len(staff.people) == 40
    assert {wish.form for wish in staff.wishes} >= {"any", "late", "early"}
    assert read_roster_rules(LARGE_BRANCH).forbidden == (("late", "early"),)
