"""The policy: shifts in order, and a file that is whole and says the same when it is read again."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from optimizer.problem import Assignment, DayPlan, Policy, Shift, policy_json, read_policy, write_text

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)


@st.composite
def shifts(draw):
    start, meal_start, meal_end, end = sorted(draw(st.sets(st.integers(0, 1440), min_size=4, max_size=4)))
    meal = {"meal_start": meal_start, "meal_end": meal_end} if draw(st.booleans()) else {}
    return Shift(start=start, end=end, **meal)


assignments = st.builds(Assignment, skill=NAMES, shift=shifts(), people=st.integers(1, 99))
plans = st.builds(
    DayPlan,
    windows=st.dictionaries(NAMES, st.lists(st.integers(0, 20), max_size=8).map(tuple), max_size=3),
    shifts=st.lists(assignments, max_size=4).map(tuple),
)
policies = st.builds(
    Policy,
    thresholds=st.dictionaries(NAMES, st.floats(0, 1e9, allow_nan=False), max_size=3),
    greeters=st.integers(0, 9),
    campaign=NAMES,
    form_at_window_below=st.integers(0, 9),
    pitch_below=st.integers(0, 9),
    calls=st.none() | st.integers(1, 9),
    divert_from=st.integers(0, 9),
    days=st.dictionaries(NAMES, plans, max_size=3),
)


@given(policy=policies)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_policy_written_and_read_is_the_same(tmp_path, policy):
    write_text(tmp_path / "policy.json", policy_json(policy))
    assert read_policy(tmp_path / "policy.json") == policy


def test_the_file_says_clock_times_and_leaves_out_what_is_absent():
    shift = Shift(start=540, end=780)
    text = policy_json(
        Policy(days={"weekday": DayPlan(windows={}, shifts=[Assignment(skill="a", shift=shift, people=1)])})
    )
    assert '"start": "09:00"' in text
    assert "meal_start" not in text
    assert "calls" not in text
    assert text.endswith("}\n")


class TestShift:
    @pytest.mark.parametrize(
        "times",
        [
            (780, 540),
            (540, 540),
            (540, 780, 800, 830),
            (540, 780, 660, 660),
            (540, 780, 690, 660),
            (540, 780, 540, 600),
        ],
    )
    def test_times_out_of_order_are_refused(self, times):
        with pytest.raises(ValidationError, match="times in the order start, meal_start, meal_end, end"):
            Shift(**dict(zip(("start", "end", "meal_start", "meal_end"), times, strict=False)))

    @pytest.mark.parametrize("half", ["meal_start", "meal_end"])
    def test_half_a_meal_is_refused(self, half):
        with pytest.raises(ValidationError, match="both or none"):
            Shift(start=540, end=780, **{half: 660})

    def test_work_has_a_hole_for_the_meal(self):
        shift = Shift(start="09:00", end="13:00", meal_start="11:00", meal_end="11:30")
        assert shift.meal_minutes == 30
        assert Shift(start=540, end=780).meal_minutes == 0
        periods = [(begin, begin + 30) for begin in range(510, 810, 30)]
        assert [shift.works(*period) for period in periods] == [
            False, True, True, True, True, False, True, True, True, False]  # fmt: skip

    @pytest.mark.parametrize("period", [(650, 670), (660, 675), (670, 680), (680, 700), (650, 700)])
    def test_a_period_that_touches_the_meal_is_not_worked(self, period):
        assert not Shift(start=540, end=780, meal_start=660, meal_end=690).works(*period)


class TestWriting:
    def test_folders_are_made(self, tmp_path):
        write_text(tmp_path / "runs" / "one" / "policy.json", "网点\n")
        assert (tmp_path / "runs" / "one" / "policy.json").read_bytes() == "网点\n".encode()

    def test_a_file_is_replaced_whole(self, tmp_path):
        path = tmp_path / "policy.json"
        write_text(path, "a much longer text than the next")
        write_text(path, "short")
        assert path.read_text() == "short"
        assert list(tmp_path.iterdir()) == [path]

    def test_until_it_is_replaced_the_old_file_stands(self, tmp_path, monkeypatch):
        path = tmp_path / "policy.json"
        write_text(path, "old")
        seen = []
        replace = Path.replace

        def look(self, target):
            seen.append((path.read_text(), self.read_text(), self.parent))
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", look)
        write_text(path, "new")
        assert seen == [("old", "new", tmp_path)]
        assert path.read_text() == "new"

    @pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
    @pytest.mark.parametrize("step", ["replace", "chmod"])
    def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(self, tmp_path, monkeypatch, step, error):
        path = tmp_path / "policy.json"
        write_text(path, "old")

        def fail(*_):
            raise error

        monkeypatch.setattr(Path, step, fail)
        with pytest.raises(type(error)):
            write_text(path, "new")
        monkeypatch.undo()
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]

    def test_text_that_cannot_be_encoded_leaves_nothing(self, tmp_path):
        with pytest.raises(UnicodeEncodeError):
            write_text(tmp_path / "policy.json", "half \ud800")
        assert list(tmp_path.iterdir()) == []
