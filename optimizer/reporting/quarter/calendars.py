"""One calendar per person, as telephones and mail programs read it: shifts and leave.

Source: RFC 5545 (Desruisseaux, 2009), Internet Calendaring and Scheduling Core Object Specification.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from optimizer.reporting.quarter.words import Language, pick, readable, term

FOLDER = "calendars"
OCTETS = 75
"""Longest line, its end not counted (RFC 5545, 3.1)."""
PRODUCT = "-//queue-policy-optimizer//quarter//EN"


def calendar_files(structure: Mapping[str, Any], lang: Language = "en") -> dict[str, str]:
    """Calendars by path in the run folder; who neither works nor is away has none.

    An event keeps its identifier as long as its person, date and branch stay, so that a plan made anew changes the
    entry and does not add one. Times are local: those of whoever looks, as with a clock on the wall.
    """
    duties: dict[str, list[Mapping[str, Any]]] = {}
    for duty in structure["roster"]:
        duties.setdefault(duty["person"], []).append(duty)
    leave: dict[str, list[Mapping[str, Any]]] = {}
    for away in structure["leave"]:
        leave.setdefault(away["person"], []).append(away)
    return {
        file: _calendar(structure, name, duties.get(name, []), leave.get(name, []), lang)
        for name, file in calendar_names(structure).items()
    }


def calendar_names(structure: Mapping[str, Any]) -> dict[str, str]:
    """The calendar of everybody who has one, by path in the run folder."""
    busy = {row["person"] for part in ("roster", "leave") for row in structure[part]}
    names = file_names([person["name"] for person in structure["people"] if person["name"] in busy])
    return {name: f"{FOLDER}/{file}.ics" for name, file in names.items()}


def file_names(people: list[str]) -> dict[str, str]:
    """A file name for each person that every system takes, no two alike even where case does not count."""
    names: dict[str, str] = {}
    for person in people:
        safe = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]', "_", person).strip(" .")[:80] or "_"
        taken = {name.casefold() for name in names.values()}
        name, number = safe, 2
        while name.casefold() in taken:
            name, number = f"{safe}-{number}", number + 1
        names[person] = name
    return names


def _calendar(
    structure: Mapping[str, Any],
    person: str,
    duties: list[Mapping[str, Any]],
    leave: list[Mapping[str, Any]],
    lang: Language,
) -> str:
    title = f"{person} {structure['quarter']}"
    finished = datetime.fromisoformat(structure["run"]["finished"])
    stamp = (finished.astimezone(UTC) if finished.tzinfo else finished).strftime("%Y%m%dT%H%M%SZ")
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(title)}",
    ]  # fmt: skip
    for duty in duties:
        lines += _event(structure, person, f"shift {duty['date']}", stamp, _shift(structure, duty, lang))
    for away in leave:
        lines += _event(structure, person, f"leave {away['first']} {away['reason']}", stamp, _leave(away, lang))
    return "".join(f"{folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(structure: Mapping[str, Any], person: str, what: str, stamp: str, lines: Iterator[str]) -> list[str]:
    key = "\n".join((structure["branch"], person, what))
    identifier = hashlib.sha256(key.encode()).hexdigest()[:32]
    return ["BEGIN:VEVENT", f"UID:{identifier}@queue-policy-optimizer", f"DTSTAMP:{stamp}", *lines, "END:VEVENT"]


def _shift(structure: Mapping[str, Any], duty: Mapping[str, Any], lang: Language) -> Iterator[str]:
    skill, hours = readable(duty["skill"]), f"{duty['hours']:g}"
    yield f"DTSTART:{moment(duty['date'], duty['start'])}"
    yield f"DTEND:{moment(duty['date'], duty['end'])}"
    yield f"SUMMARY:{escaped(pick((f'Shift: {skill}', f'上班：{skill}'), lang))}"
    yield f"LOCATION:{escaped(structure['branch'])}"
    text = pick((f"{hours} hours", f"工时 {hours} 小时"), lang)
    if duty["meal_start"] is not None:
        meal = f"{duty['meal_start']}-{duty['meal_end']}"
        text = pick((f"Meal {meal}\n{text}", f"用餐 {meal}\n{text}"), lang)
    yield f"DESCRIPTION:{escaped(text)}"


def _leave(away: Mapping[str, Any], lang: Language) -> Iterator[str]:
    """Whole days; the end of an event is the first day after it."""
    after = date.fromisoformat(away["last"]) + timedelta(days=1)
    yield f"DTSTART;VALUE=DATE:{date.fromisoformat(away['first']):%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{after:%Y%m%d}"
    reason = term(away["reason"], lang)
    words = (f"Away: {reason}", f"请假：{reason}") if reason else ("Away", "请假")
    yield f"SUMMARY:{escaped(pick(words, lang))}"


def moment(day: str, clock: str) -> str:
    """A local time; 24:00 is the midnight that ends the day."""
    hours, minutes = clock.split(":")
    at = datetime.fromisoformat(day) + timedelta(hours=int(hours), minutes=int(minutes))
    return at.strftime("%Y%m%dT%H%M%S")


def escaped(text: str) -> str:
    """A text as the value of a property (RFC 5545, 3.3.11); control characters but tabs are left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text)
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")


def folded(line: str) -> str:
    """A line in pieces of at most 75 octets, no letter cut; every further piece begins with a space."""
    pieces, piece, size = [], "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > OCTETS:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + letter, size + octets
    return "\r\n".join([*pieces, piece])
