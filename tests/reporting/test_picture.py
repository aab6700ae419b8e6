"""The picture of a day: what it shows, that it is whole, and that it plays what happened."""

import re
from xml.etree import ElementTree

import pytest

from optimizer.problem import read_branch, read_policy
from optimizer.reporting.picture import SECONDS, STEP, hall_picture
from optimizer.simulation import simulated_day

SVG = "{http://www.w3.org/2000/svg}"
LEGEND = ["numbers nobody will answer", "customers waiting", "serving", "on duty", "gives up", "turns away",
          "door closes"]  # fmt: skip


@pytest.fixture(scope="module")
def day(small_branch, small_policy):
    return simulated_day(small_branch, small_policy, "weekday", 0)


@pytest.fixture(scope="module")
def picture(small_branch, day):
    return hall_picture(small_branch, "weekday", day, 0)


@pytest.fixture(scope="module")
def root(picture):
    return ElementTree.fromstring(picture)


def texts(root, playing=False):
    """What is written, beside what is hidden until the day plays."""
    (play,) = (group for group in root.iter(f"{SVG}g") if group.get("id") == "play")
    played = set(play.iter(f"{SVG}text"))
    return [text.text for text in root.iter(f"{SVG}text") if (text in played) == playing]


def test_every_channel_where_people_wait_has_a_panel(root):
    assert [text for text in texts(root) if text in ("lobby", "cash", "general", "atm", "ebank")] == [
        "lobby", "cash", "general", "atm"
    ]  # fmt: skip


def test_the_title_names_branch_day_type_and_seed(root, day):
    assert {"Small branch, weekday: one simulated day", f"{day.customers} customers, seed 0"} <= set(texts(root))


def test_the_legend_stands_once(root):
    assert [text for text in texts(root) if text in LEGEND] == LEGEND


def test_the_time_axis_has_hours_of_the_clock(root):
    assert [text for text in texts(root) if re.fullmatch(r"\d\d:\d\d", text)] == [f"{h:02d}:00" for h in range(9, 14)]


def test_the_same_day_makes_the_same_file(small_branch, day, picture):
    assert hall_picture(small_branch, "weekday", day, 0) == picture


@pytest.mark.parametrize("name", ["大安支行", "A & B <one>", "costs $5 or $6", 'the "old" one'])
def test_any_name_of_a_branch_is_drawn_as_it_stands(small_branch, day, name):
    drawn = hall_picture(small_branch.replace(name=name), "weekday", day, 0)
    assert f"{name}, weekday: one simulated day" in texts(ElementTree.fromstring(drawn))


def test_the_lines_are_those_of_the_day(root, day, small_branch):
    """The heights of the area of those who wait, in the panel of cash, are numbers that waited there."""
    waiting = {event.after.waiting for event in day.at("cash")}
    opening, panel = small_branch.hours("weekday").open, 1
    group = next(group for group in root.iter(f"{SVG}g") if group.get("id") == f"axes_{panel + 1}")
    area = next(path for path in group.iter(f"{SVG}path") if "#5b9bd9" in path.get("style", ""))
    heights = {float(y) for y in re.findall(r"V(-?[\d.]+)", area.get("d"))}
    assert opening == 540
    assert 3 < len(heights) <= len(waiting)


def shown(root):
    """What is shown while the day plays: begin, end and text, by height in the picture."""
    (play,) = (group for group in root.iter(f"{SVG}g") if group.get("id") == "play")
    found = {}
    for text in play.iter(f"{SVG}text"):
        (change,) = text.iter(f"{SVG}set")
        begin = float(re.fullmatch(r"sweep\.begin\+([\d.]+)s", change.get("begin"))[1])
        found.setdefault(text.get("y"), []).append((begin, begin + float(change.get("dur")[:-1]), text.text))
    return found


def test_what_plays_is_hidden_until_it_does(root):
    (play,) = (group for group in root.iter(f"{SVG}g") if group.get("id") == "play")
    assert {element.get("visibility") for element in play} == {"hidden"}


def test_the_play_follows_the_day(root, day, small_branch):
    clock, *panels = shown(root).values()
    opening = small_branch.hours("weekday").open
    end = day.events[-1].moment + STEP
    assert [text for _, _, text in clock][:3] == ["09:00", "09:05", "09:10"]
    for name, readings in zip(("lobby", "cash", "general", "atm"), panels, strict=True):
        assert [begin for begin, _, _ in readings[1:]] == pytest.approx([e for _, e, _ in readings[:-1]], abs=0.011)
        assert readings[-1][1] == pytest.approx(SECONDS, abs=0.011)
        for begin, _, text in readings:
            moment = round((opening + begin / SECONDS * end) / STEP) * STEP - opening
            after = [event.after for event in day.at(name) if event.moment <= moment][-1]
            assert text == f"{after.waiting} waiting, {after.in_service} serving, {after.servers} on duty"


@pytest.mark.parametrize(("instance", "policy", "day_type"), [
    ("daan", "instances/daan/today.json", "weekday"),
    ("large-branch", "instances/large-branch/today.json", "monday"),
    ("corner", "benchmarks/corner_policy.json", "market_day"),
])  # fmt: skip
def test_the_pictures_of_the_instances_are_small(instance, policy, day_type):
    branch = read_branch(f"instances/{instance}")
    day = simulated_day(branch, read_policy(policy), day_type, 0)
    assert len(hall_picture(branch, day_type, day, 0)) < 300_000


def test_a_day_on_which_nobody_comes_shows_every_place(small_branch, small_policy):
    branch = small_branch.replace(arrivals={"weekday": {}, "saturday": {}})
    day = simulated_day(branch, small_policy, "saturday", 0)
    assert day.customers == 0
    drawn = texts(ElementTree.fromstring(hall_picture(branch, "saturday", day, 0)))
    assert [text for text in drawn if text in ("lobby", "cash", "general", "atm")] == [
        "lobby",
        "cash",
        "general",
        "atm",
    ]
