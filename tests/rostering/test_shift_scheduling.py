from pathlib import Path

import pytest

from optimizer.errors import DataRefused
from optimizer.rostering.problem import (
    DaysOff,
    LeastDaysInARow,
    LeastDaysOffInARow,
    MinutesWithin,
    MostDaysInARow,
    MostOfKind,
    MostWeekends,
    Need,
    Request,
)
from optimizer.rostering.shift_scheduling import read_shift_scheduling

PUBLIC = Path(__file__).parents[3] / "shared" / "data" / "shift_scheduling"


def test_an_instance_is_read_whole(tiny_instance):
    problem = read_shift_scheduling(tiny_instance())
    assert len(problem.days) == 7
    assert {name: kind.minutes for name, kind in problem.kinds.items()} == {"E": 480, "L": 480}
    assert problem.forbidden == {("L", "E")}
    assert [day.weekend for day in problem.days] == [False] * 5 + [True, True]
    assert problem.days[2].options[0].needs == {"E": Need(2, 20.0, 1.0), "L": Need(0, 20.0, 1.0)}
    assert problem.people["T01"].rules == (
        MinutesWithin(0, 6, 1920, 2400),
        MostOfKind("E", 7),
        MostOfKind("L", 7),
        MostDaysInARow(5),
        LeastDaysInARow(2),
        LeastDaysOffInARow(2),
        MostWeekends(1),
        DaysOff(frozenset({0})),
    )
    assert problem.requests == (
        Request("T02", 1, frozenset({"L"}), True, 3.0),
        Request("T03", 5, frozenset({"L"}), True, 2.0),
        Request("T01", 4, frozenset({"E"}), False, 4.0),
    )


def test_a_shift_that_no_cover_names_may_still_be_worked(tiny_instance):
    problem = read_shift_scheduling(tiny_instance(("6,E,0,20,1\n", "")))
    assert problem.days[6].options[0].needs["E"] == Need(0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("old", "new", "line", "value", "expected"),
    [
        ("SECTION_HORIZON\n7", "SECTION_HORIZON\nseven", "line 3", "seven", "a whole number, at least 1"),
        ("L,480,E", "L,0,E", "line 7", "0", "a whole number, at least 1"),
        ("L,480,E", "E,480,E", "line 7", "E", "a new name of a shift"),
        ("L,480,E", "L,480,N", "line 7", "N", "a shift of the file"),
        ("T02,E=7|L=2", "T01,E=7|L=2", "line 11", "T01", "a new name of a person"),
        ("2400,1920,5,2,2,1\nT03", "2400,1920,5,2,2\nT03", "line 11", "T02,E=7|L=2,2400,1920,5,2,2", "person, most"),
        ("T03,E=0", "T03,N=0", "line 12", "N", "a shift of the file"),
        ("T03,E=0", "T03,E", "line 12", "E", "a shift and the most of it"),
        ("1920,960,3", "960,1920,3", "line 12", 1920, "least minutes of at most 960"),
        ("T03,2\n", "T04,2\n", "line 16", "T04", "a person of the file"),
        ("T03,2\n", "T03,7\n", "line 16", "7", "a day, 0 to 6"),
        ("T02,1,L,3", "T02,1,L,-3", "line 19", "-3", "a whole number, at least 0"),
        ("T01,4,E,4", "T01,4,X,4", "line 23", "X", "a shift of the file"),
        ("3,L,1,20,1", "3,E,1,20,1", "line 33", "3,E", "every day and shift once"),
        ("3,L,1,20,1", "3,L,1,20", "line 33", "3,L,1,20", "day, shift, people"),
        ("SECTION_COVER", "SECTION_COVERS", "line 25", "SECTION_COVERS", "one of SECTION_HORIZON"),
        ("SECTION_DAYS_OFF", "SECTION_STAFF", "line 14", "SECTION_STAFF", "every section once"),
        ("# Three", "Three", "line 1", "Three people, two kinds of shift, a week", "a section before the first row"),
    ],
)
def test_a_fault_is_said_with_its_line(old, new, line, value, expected, tiny_instance):
    with pytest.raises(DataRefused) as refused:
        read_shift_scheduling(tiny_instance((old, new)))
    found = [fault for fault in refused.value.faults if fault.place == line and fault.value == value]
    assert found, refused.value
    assert found[0].file == "tiny.txt"
    assert expected in found[0].expected


def test_all_faults_are_said_at_once(tiny_instance):
    path = tiny_instance(("L,480,E", "L,x,E"), ("T02,1,L,3", "T09,1,L,3"), ("6,L,1,20,1", "9,L,1,20,1"))
    with pytest.raises(DataRefused) as refused:
        read_shift_scheduling(path)
    assert [fault.place for fault in refused.value.faults] == ["line 7", "line 19", "line 39"]


def test_sections_that_are_missing_are_named(tmp_path):
    path = tmp_path / "empty.txt"
    path.write_text("SECTION_HORIZON\n7\n", encoding="utf-8")
    with pytest.raises(DataRefused) as refused:
        read_shift_scheduling(path)
    assert [fault.place for fault in refused.value.faults] == ["SECTION_SHIFTS", "SECTION_STAFF", "SECTION_COVER"]


@pytest.mark.parametrize("name", ["nothing.txt", "bytes.txt"])
def test_what_is_no_text_is_refused(name, tmp_path):
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00SECTION")
    with pytest.raises(DataRefused, match="a text file in UTF-8"):
        read_shift_scheduling(tmp_path / name)


@pytest.mark.skipif(not PUBLIC.exists(), reason="the public instances are not there")
@pytest.mark.parametrize(("number", "people", "kinds", "days"), [(1, 8, 1, 14), (8, 30, 4, 28), (12, 60, 10, 28)])
def test_public_instances_are_read(number, people, kinds, days):
    problem = read_shift_scheduling(PUBLIC / f"Instance{number}.txt")
    assert (len(problem.people), len(problem.kinds), len(problem.days)) == (people, kinds, days)
