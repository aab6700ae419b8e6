"""Simulated counts of halls whose truth is known become branches that are whole, near the truth, and solved."""

import json
from dataclasses import replace
from heapq import heapreplace

import numpy as np
import pytest
from click.testing import CliRunner

from optimizer.calibration.count_guessing import are_counts, guess_count_mapping, named_columns
from optimizer.calibration.count_learning import Naming, chosen_queues, learn_counts, queue_doubts
from optimizer.calibration.counted_branch import counted_branch
from optimizer.calibration.counts import CountMapping, read_counts
from optimizer.calibration.mapping import layout_of
from optimizer.cli import main
from optimizer.errors import DataRefused
from optimizer.problem import read_branch, write_text

RATES = np.array([0.2, 0.4, 0.5, 0.4, 0.3, 0.15])
"""Customers a minute, by hour from nine."""
QUEUES = {"Cash desk": (2, 3.5), "2": (1, 1.5)}
"""Counters and mean service time in minutes."""
DATES = [f"2026-01-{day:02d}" for day in (5, 6, 7, 8, 9, 12, 13, 14, 15, 16)]
SATURDAY = "2026-01-10"


def a_day(generator, counters, service, rates):
    """Snapshots every five minutes from a quarter to nine on: moment, waiting, called since."""
    times = [540 + 60 * (hour + generator.random(generator.poisson(60 * rate))) for hour, rate in enumerate(rates)]
    arrivals = np.sort(np.concatenate(times))
    free, starts = [0.0] * counters, []
    for arrival, minutes in zip(arrivals, generator.exponential(service, len(arrivals)), strict=True):
        starts.append(max(arrival, free[0]))
        heapreplace(free, starts[-1] + minutes)
    moments = np.arange(525.0, 541.0 + 60 * len(rates), 5.0)
    called = np.searchsorted(np.sort(starts), moments, side="right")
    waiting = np.searchsorted(arrivals, moments, side="right") - called
    return zip(moments.astype(int), waiting, np.diff(called, prepend=0), strict=True)


def snapshots(seed=1, dates=DATES, queues=QUEUES, rates=RATES):
    generator = np.random.default_rng(seed)
    for date in dates:
        for queue, (counters, service) in queues.items():
            for moment, waiting, called in a_day(generator, counters, service, rates):
                yield f"{queue},{date} {moment // 60:02d}:{moment % 60:02d}:00,{counters},{waiting},{called}"


@pytest.fixture
def read(tmp_path):
    def read_rows(*rows):
        path = tmp_path / "hall.csv"
        path.write_text("\n".join(["queue,ts,open,waiting,called", *rows]) + "\n", encoding="utf-8")
        return read_counts(path, layout_of({"columns": named_columns(["queue", "ts", "open", "waiting", "called"])},
                                           CountMapping))  # fmt: skip

    return read_rows


@pytest.fixture
def learnt(read):
    return learn_counts(read(*snapshots()))


def test_each_queue_is_learnt_with_the_truth_in_its_interval(learnt):
    assert [queue.transaction for queue in learnt.queues] == ["queue_2", "cash_desk"]
    for queue in learnt.queues:
        counters, service = QUEUES[queue.queue]
        low, high = queue.service.interval(0.99)
        assert low <= service <= high
        assert queue.counters == counters
    rates = learnt.rates["weekday"]
    assert learnt.hours == {"weekday": (540, 900)}
    truth = rates.window @ np.repeat(RATES, 2)
    for n, _ in enumerate(rates.classes):
        intervals = [rates.estimate(n, t).interval(0.99) for t in range(len(truth))]
        inside = [low <= true <= high for true, (low, high) in zip(truth, intervals, strict=True)]
        assert np.mean(inside) >= 0.9
    assert learnt.doubts.refused is False


def test_the_branch_is_accepted_by_check_and_solved(learnt, tmp_path):
    written = counted_branch(learnt, "Hall")
    for name, text in written.texts.items():
        write_text(tmp_path / "hall" / name, text)
    branch = read_branch(tmp_path / "hall")
    assert branch.replace(arrivals=written.branch.arrivals) == written.branch
    for queue, by_tier in written.branch.arrivals["weekday"].items():
        assert branch.arrivals["weekday"][queue]["all"] == pytest.approx(by_tier["all"], rel=1e-5)
    checked = CliRunner().invoke(main, ["check", str(tmp_path / "hall")])
    assert checked.exit_code == 0, checked.output
    assert "No fault found." in checked.output
    options = ["--no-verify", "--format", "json"]
    solved = CliRunner().invoke(main, ["solve", str(tmp_path / "hall"), *options])
    assert solved.exit_code == 0, solved.output
    assert json.loads(solved.stdout)["status"] in ("optimal", "feasible")


def test_each_queue_is_a_window_role_and_the_windows_are_theirs_or_given(learnt):
    branch = counted_branch(learnt).branch
    assert (branch.name, branch.windows) == ("hall", 3)
    assert {name: (channel.least, channel.most) for name, channel in branch.channels.items()} == {
        "queue_2": (1, 1), "cash_desk": (1, 2),
    }  # fmt: skip
    fewer = counted_branch(learnt, windows=1).branch
    assert {name: (channel.least, channel.most) for name, channel in fewer.channels.items()} == {
        "queue_2": (0, 1), "cash_desk": (0, 1),
    }  # fmt: skip


def test_a_queue_is_chosen_and_named(read):
    naming = Naming({"2": "fast"}, {"2": "parcel"})
    branch = counted_branch(learn_counts(read(*snapshots()), ["2"], 15, naming), skill="clerk").branch
    assert (list(branch.channels), list(branch.transactions), list(branch.skills)) == (["fast"], ["parcel"], ["clerk"])
    assert branch.period == 15


def test_all_queues_that_are_not_there_or_tell_nothing_are_refused_at_once(read):
    log = read(*snapshots(), "closed,2026-01-05 09:00:00,0,0,0", "closed,2026-01-05 09:05:00,0,0,0",
               "once,2026-01-05 09:00:00,1,2,3")  # fmt: skip
    with pytest.raises(DataRefused) as refused:
        chosen_queues(log, ["2", "north", "south"])
    assert [fault.value for fault in refused.value.faults] == ["north", "south"]
    with pytest.raises(DataRefused) as refused:
        learn_counts(log, ["closed", "once"])
    assert [fault.place for fault in refused.value.faults] == ["queue closed", "queue once"]
    assert set(learn_counts(log).left_out) == {"closed", "once"}


def test_a_service_time_that_is_not_told_is_that_of_the_others_or_assumed(read):
    generator = np.random.default_rng(3)
    free = [f"free,{date} {hour:02d}:{minute:02d}:00,1,0,{generator.poisson(0.5)}"
            for date in DATES for hour in range(9, 15) for minute in range(0, 60, 5)]  # fmt: skip
    both = learn_counts(read(*snapshots(queues={"busy": (1, 1.5)}), *free))
    busy, idle = both.queues
    assert (busy.untold, idle.rate) == ("", None)
    written = counted_branch(both)
    mean = written.branch.channels["free"].service["free"].mean
    assert mean == written.branch.channels["busy"].service["busy"].mean
    alone = counted_branch(learn_counts(read(*free)))
    assert alone.branch.channels["free"].service["free"].mean == 5.0
    (entry,) = [entry for entry in alone.entries if entry.what.startswith("service time")]
    assert entry.source == "assumed"


def test_saturdays_are_days_of_their_own_and_days_without_customers_are_closed(read):
    sunday = (f"2,2026-01-11 {hour:02d}:{minute:02d}:00,0,0,0" for hour in range(9, 15) for minute in (0, 5, 10))
    queues = {"2": QUEUES["2"]}
    log = read(*snapshots(queues=queues), *snapshots(2, [SATURDAY], queues, RATES[:3]), *sunday)
    branch = counted_branch(learn_counts(log)).branch
    assert list(branch.day_types) == ["weekday", "saturday"]
    assert "sunday" not in branch.opening
    assert (branch.hours("saturday").open, branch.hours("saturday").close) == (540, 720)
    assert branch.hours("weekday").close == 900


def test_a_weekday_that_the_log_passes_over_is_closed_and_one_it_does_not_reach_is_open(read):
    queues = {"2": QUEUES["2"]}
    week = learn_counts(read(*snapshots(dates=[date for date in DATES if date[-2:] not in ("06", "13")],
                                        queues=queues)))  # fmt: skip
    assert week.weekdays == {"weekday": ("monday", "wednesday", "thursday", "friday")}
    start = learn_counts(read(*snapshots(dates=DATES[:3], queues=queues)))
    assert start.weekdays == {"weekday": ("monday", "tuesday", "wednesday", "thursday", "friday")}


def test_doubts_name_the_queue_that_is_doubted(read):
    generator = np.random.default_rng(4)
    drawn = [f"drawn,{date} {hour:02d}:{minute:02d}:00,1,{generator.integers(0, 20)},3"
             for date in DATES for hour in range(9, 15) for minute in range(0, 60, 5)]  # fmt: skip
    log = read(*snapshots(), *drawn)
    assert queue_doubts(log).named("drawn: no memory") is not None
    assert queue_doubts(log, ["drawn"]).named("no memory") is not None
    assert not queue_doubts(log, ["2"]).refused


def test_holes_are_counted(learnt):
    queues = tuple(replace(q, intervals=replace(q.intervals, left_out=2)) for q in learnt.queues)
    assert replace(learnt, queues=queues).holes == 4


@pytest.mark.parametrize(
    ("header", "form"),
    [("Queue ID,time,Open counters,waiting,called", "%d.%m.%Y %H:%M"), ("队列,采集时间,窗口数,等待人数,当前号", "iso")],
)
def test_a_mapping_is_guessed_from_obvious_names(tmp_path, header, form):
    moment = "2026-01-15 09:00" if form == "iso" else "15.01.2026 09:00"
    path = tmp_path / "counts.csv"
    path.write_text(f"{header}\ncash,{moment},1,2,3\n", encoding="utf-8")
    guess = guess_count_mapping(path)
    assert guess.mapping.columns.queue == (header.split(",")[0],)
    assert guess.mapping.formats.moments == (form,)
    assert read_counts(path, guess.mapping).snapshots == 1


def test_every_column_without_a_known_name_is_named(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("when,waiting\n2026-01-15 09:00,2\n", encoding="utf-8")
    with pytest.raises(DataRefused) as refused:
        guess_count_mapping(path)
    assert len(refused.value.faults) == 3


def test_columns_of_tickets_are_no_counts():
    assert are_counts(["ts", "open", "waiting", "last_called_no"])
    assert not are_counts(["arrival", "called", "started", "ended", "window"])


def running(rows):
    """The same snapshots, with the last number called in place of the calls since the snapshot before."""
    last = {}
    for row in rows:
        *rest, called = row.split(",")
        of = rest[0], rest[1][:10]
        last[of] = last.get(of, 0) + int(called)
        yield ",".join([*rest, str(last[of])])


def guessed_from(path, rows):
    path.write_text("\n".join(["queue,ts,open,waiting,called", *rows]) + "\n", encoding="utf-8")
    return guess_count_mapping(path)


def test_a_column_that_only_grows_within_days_is_the_last_number_called(tmp_path):
    path = tmp_path / "hall.csv"
    since = guessed_from(path, snapshots())
    assert since.mapping.columns.called == ("called",)
    expected = learn_counts(read_counts(path, since.mapping))
    guess = guessed_from(path, running(snapshots()))
    assert guess.mapping.columns.last_called == ("called",)
    assert "called only grows within days: it is the last number called, not how many were" in guess.notes
    found = learn_counts(read_counts(path, guess.mapping))
    assert not found.doubts.refused
    for one, other in zip(found.queues, expected.queues, strict=True):
        assert one.service.value == pytest.approx(other.service.value, rel=0.02)


def test_a_running_number_mapped_as_calls_is_refused_in_words(read):
    doubted = queue_doubts(read(*running(snapshots())), ["2"])
    assert doubted.refused
    assert "map it as last_called" in doubted.named("running number").words
    assert queue_doubts(read(*snapshots())).named("2: running number") is None


def test_services_of_less_than_ten_seconds_are_doubted(read, learnt):
    assert learnt.doubts.named("brief services") is None
    rows = (row.split(",") for row in snapshots(queues={"2": QUEUES["2"]}))
    found = learn_counts(read(*(",".join([*row[:4], str(20 * int(row[4]))]) for row in rows)), doubted=learnt.doubts)
    assert 60 * found.queues[0].service.value < 10
    assert "s on average" in found.doubts.named("brief services").words
