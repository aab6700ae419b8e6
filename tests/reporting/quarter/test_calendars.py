import copy
import re
from datetime import date, datetime, timedelta

import pytest

from optimizer.reporting.quarter.calendars import calendar_files, escaped, file_names, folded, moment


def unescaped(text):
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)


def events_of(text):
    """Events of a calendar by the letter of the standard: unfolded lines, names with their parameters."""
    assert text.endswith("\r\n")
    lines = text.replace("\r\n ", "").split("\r\n")[:-1]
    assert not any("\n" in line or "\r" in line for line in lines)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    events = []
    for line in lines[1:-1]:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append({})
        elif line != "END:VEVENT" and events:
            events[-1][name] = value
    return events


@pytest.fixture(scope="module")
def calendars(quarter_structure):
    return calendar_files(quarter_structure, "en")


def test_everybody_has_a_calendar_of_all_shifts_and_leave(calendars, quarter_structure):
    q = quarter_structure
    assert list(calendars) == [f"calendars/{person['name']}.ics" for person in q["people"]]
    for person in q["people"]:
        events = events_of(calendars[f"calendars/{person['name']}.ics"])
        shifts = [
            (datetime.strptime(e["DTSTART"], "%Y%m%dT%H%M%S"), datetime.strptime(e["DTEND"], "%Y%m%dT%H%M%S"))
            for e in events
            if "DTSTART" in e
        ]
        assert shifts == [
            (datetime.fromisoformat(f"{r['date']}T{r['start']}"), datetime.fromisoformat(f"{r['date']}T{r['end']}"))
            for r in q["roster"]
            if r["person"] == person["name"]
        ]
        away = [e for e in events if "DTSTART;VALUE=DATE" in e]
        assert [(e["DTSTART;VALUE=DATE"], e["DTEND;VALUE=DATE"]) for e in away] == [
            (x["first"].replace("-", ""), f"{date.fromisoformat(x['last']) + timedelta(days=1):%Y%m%d}")
            for x in q["leave"]
            if x["person"] == person["name"]
        ]


def test_an_event_has_what_the_standard_asks_for(calendars):
    seen = set()
    for text in calendars.values():
        assert "\r\nVERSION:2.0\r\nPRODID:" in text
        for event in events_of(text):
            assert re.fullmatch(r"\d{8}T\d{6}Z", event["DTSTAMP"])
            assert event["SUMMARY"]
            assert event["UID"] not in seen
            seen.add(event["UID"])


def test_no_line_is_longer_than_75_octets_and_no_letter_is_cut(quarter_structure):
    q = copy.deepcopy(quarter_structure)
    q["branch"] = "大安分行营业部；二楼, 东侧 " * 8
    for text in calendar_files(q, "zh").values():
        assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
        for event in events_of(text):
            if "LOCATION" in event:
                assert unescaped(event["LOCATION"]) == q["branch"]


def test_texts_of_users_come_back_as_they_were(calendars):
    (leave,) = [e for e in events_of(calendars["calendars/S02.ics"]) if "DTSTART;VALUE=DATE" in e]
    assert leave["SUMMARY"] == 'Away: 病假\\, "short"\\; see T01'
    assert unescaped(leave["SUMMARY"]) == 'Away: 病假, "short"; see T01'
    assert unescaped(escaped("a\\n; b,\r\nc\x07")) == "a\\n; b,\nc"


def test_a_line_cannot_be_smuggled_in(quarter_structure):
    q = copy.deepcopy(quarter_structure)
    q["leave"][0]["reason"] = "ill\r\nEND:VCALENDAR\r\nX:1"
    text = calendar_files(q, "en")[f"calendars/{q['leave'][0]['person']}.ics"]
    assert text.count("\r\nEND:VCALENDAR") == 1


def test_a_shift_that_moves_keeps_its_identifier(quarter_structure, calendars):
    q = copy.deepcopy(quarter_structure)
    q["roster"][0]["start"] = "10:00"
    name = f"calendars/{q['roster'][0]['person']}.ics"
    before, after = events_of(calendars[name]), events_of(calendar_files(q, "en")[name])
    assert [e["UID"] for e in before] == [e["UID"] for e in after]
    assert before[0]["DTSTART"] != after[0]["DTSTART"]


def test_meals_stand_in_the_description(calendars, quarter_structure):
    row = next(row for row in quarter_structure["roster"] if row["meal_start"])
    events = events_of(calendars[f"calendars/{row['person']}.ics"])
    (event,) = [e for e in events if e.get("DTSTART") == moment(row["date"], row["start"])]
    assert unescaped(event["DESCRIPTION"]) == f"Meal {row['meal_start']}-{row['meal_end']}\n{row['hours']:g} hours"


def test_the_language_is_that_asked_for(quarter_structure):
    text = calendar_files(quarter_structure, "zh")["calendars/T02.ics"]
    assert "SUMMARY:上班：teller" in text
    assert "SUMMARY:请假：年休假" in text


def test_who_neither_works_nor_is_away_has_no_calendar(quarter_structure):
    q = copy.deepcopy(quarter_structure)
    q["people"].append(q["people"][0] | {"name": "T99"})
    assert "calendars/T99.ics" not in calendar_files(q, "en")


def test_file_names_suit_every_system():
    names = file_names(["T01", "t01", "a/b", "a\\b", "..", "张三"])
    assert names == {"T01": "T01", "t01": "t01-2", "a/b": "a_b", "a\\b": "a_b-2", "..": "_", "张三": "张三"}


def test_the_end_of_the_day_is_the_next_midnight():
    assert moment("2027-01-31", "24:00") == "20270201T000000"


@pytest.mark.parametrize("length", [74, 75, 76, 150, 151])
def test_folding_is_undone_by_unfolding(length):
    for line in ("x" * length, "办" * (length // 3) + "y" * (length % 3)):
        assert folded(line).replace("\r\n ", "") == line
