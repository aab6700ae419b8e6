"""Whatever is in a file, reading ends in tickets with counted rejections, or in a refusal."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.calibration.guessing import guess_mapping
from optimizer.calibration.mapping import MOMENTS, Mapping, layout_of, mapping_text, read_mapping
from optimizer.calibration.reading import read_log
from optimizer.errors import DataRefused

NAMES = ["day", "taken", "called", "start", "end", "wait", "service", "how", "no", "sum", "machine"]
COLUMNS = {
    "date": "day", "arrival": "taken", "called": "called", "started": "start", "ended": "end", "wait_minutes": "wait",
    "service_seconds": "service", "outcome": "how", "number": "no", "amount": "sum", "diverted": "machine",
}  # fmt: skip
MEANINGS = {"served": ["done"], "abandoned": ["left"], "no_show": ["absent"], "left_out": ["test"]}
MAPPING = layout_of({"columns": COLUMNS, "outcomes": MEANINGS}, Mapping)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
CLOCK = st.builds("{}:{:02}:{:02}".format, st.integers(0, 25), st.integers(0, 60), st.integers(0, 60))
CELL = {
    "day": st.dates().map(str) | st.sampled_from(["infinity", "-infinity", "epoch", "99999-01-01", "2026-02-30"]),
    "how": st.sampled_from(["done", "left", "absent", "test", ""]),
    **dict.fromkeys(["taken", "called", "start", "end"], CLOCK),
    **dict.fromkeys(["wait", "service", "no", "sum"], st.floats().map(str) | st.integers().map(str)),
    "machine": st.booleans().map(str),
}  # fmt: skip
ROW = st.tuples(*(st.one_of(CELL[name], CELL[name], TEXT) for name in NAMES))
GIVEN = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def outcome_of(read):
    """A log, or None where it was refused."""
    try:
        return read()
    except DataRefused:
        return None


def total(log):
    return log.tickets + sum(rejection.count for rejection in log.rejections)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.csv"


@GIVEN
@given(
    data=st.binary(max_size=400),
    start=st.sampled_from([b"", b"PAR1", b"PK\x03\x04", b"\x1f\x8b\x08", b"\xef\xbb\xbf", b"\xff\xfe"]),
)
def test_random_bytes_are_refused_or_read(path, data, start):
    path.write_bytes(start + data)
    outcome_of(lambda: read_log(path, MAPPING))
    outcome_of(lambda: guess_mapping(path))
    outcome_of(lambda: read_mapping(path))


@GIVEN
@given(data=st.binary(max_size=400))
def test_random_bytes_below_the_names_are_counted(path, data):
    first = ",".join(NAMES) + "\n2026-01-05,9:00,9:01,9:02,9:05,,,done,1,,\n"
    path.write_bytes(first.encode() + data)
    log = outcome_of(lambda: read_log(path, MAPPING))
    if log is not None:
        text = data.decode("utf-8-sig", errors="replace")
        lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line]
        assert 1 <= total(log) <= 1 + len(lines)
        if '"' not in text:
            assert total(log) >= 1 + sum(bool(line.strip()) for line in lines)


@GIVEN
@given(rows=st.lists(ROW, min_size=1, max_size=8))
def test_every_row_is_a_ticket_or_counted(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([NAMES, *rows])
    log = outcome_of(lambda: read_log(path, MAPPING))
    if log is not None:
        assert total(log) == len(rows)
        assert log.connection.execute(
            "SELECT count(*) FROM tickets WHERE row IS NULL OR day IS NULL"
            " OR outcome NOT IN ('served', 'abandoned', 'no_show') OR NOT coalesce(arrival BETWEEN 0 AND 1440, false)"
            " OR channel IS NULL OR transaction IS NULL OR tier IS NULL"
            " OR least(called, started, ended, left_at) < arrival OR ended < started OR NOT isfinite(amount)"
        ).fetchone() == (0,)


@settings(GIVEN, max_examples=10)
@given(rows=st.lists(ROW, min_size=1, max_size=8))
def test_a_guess_is_read_or_refused(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([NAMES, *rows])
    guess = outcome_of(lambda: guess_mapping(path))
    log = outcome_of(lambda: read_log(path, guess.mapping)) if guess is not None else None
    assert log is None or total(log) == len(rows)


@GIVEN
@given(
    columns=st.dictionaries(
        st.sampled_from([*COLUMNS, "left_at", "tier", "teller"]),
        st.sampled_from([*NAMES, *NAMES, "none"]),
        min_size=2,
    ),
    formats=st.fixed_dictionaries(
        {},
        optional={
            "dates": st.lists(st.sampled_from(["iso", "%d/%m/%y", "%Y%m%d", "%j"]), min_size=1, max_size=3),
            "times": st.lists(st.sampled_from(["iso", "minutes", "seconds", "%H.%M", "%p %I"]), min_size=1, max_size=3),
            "moments": st.lists(st.sampled_from(["iso", "%Y", "%d/%m/%y %H:%M", "%H"]), min_size=1, max_size=3),
            "zero_is_never": st.booleans(),
        },
    ),
    zone=st.sampled_from(["UTC", "Asia/Shanghai", "America/St_Johns"]),
    required=st.dictionaries(st.sampled_from(["served", "abandoned"]), st.lists(st.sampled_from(MOMENTS), max_size=2)),
    names=st.dictionaries(TEXT, TEXT, max_size=3),
    row=ROW,
)
def test_any_mapping_reads_or_refuses(path, columns, formats, zone, required, names, row):
    raw = {
        "columns": columns,
        "formats": formats,
        "zones": {"log": zone},
        "required": required,
        "values": {"tier": names},
    }
    raw["outcomes"] = MEANINGS
    mapping = outcome_of(lambda: layout_of(raw, Mapping))
    if mapping is None:
        return
    path.with_suffix(".toml").write_text(mapping_text(mapping), encoding="utf-8", newline="")
    assert read_mapping(path.with_suffix(".toml")) == mapping
    text = io.StringIO()
    whole = ("2026-01-05", "9:00", "9:01", "9:02", "9:05", "1", "60", "done", "7", "5", "no")
    csv.writer(text, lineterminator="\n").writerows([NAMES, whole, row])
    path.write_bytes(text.getvalue().encode())
    log = outcome_of(lambda: read_log(path, mapping))
    assert log is None or total(log) == 2
