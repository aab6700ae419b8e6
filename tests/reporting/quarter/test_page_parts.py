"""How the page writes, and what its charts are told."""

import copy
import re
from pathlib import Path

import pytest

import optimizer.reporting.quarter
from optimizer.reporting.quarter.page.chart_costs import GROUPS, compared, cost_rows, costs_chart
from optimizer.reporting.quarter.page.chart_day import day_chart
from optimizer.reporting.quarter.page.chart_frontier import frontier_chart, proven_edge
from optimizer.reporting.quarter.page.chart_people import hours_of
from optimizer.reporting.quarter.page.chart_posters import BEYOND, PARTLY, REACHED, poster_chart
from optimizer.reporting.quarter.page.chart_service import MOST, drawn
from optimizer.reporting.quarter.page.chart_shifts import roster_data, skill_colours
from optimizer.reporting.quarter.page.labels import LABELS
from optimizer.reporting.quarter.page.locale import Locale
from optimizer.reporting.quarter.page.weeks import roster_weeks

EN, ZH = Locale("en"), Locale("zh")
PAGE = Path(optimizer.reporting.quarter.__file__).parent / "page"


@pytest.mark.parametrize(
    ("write", "english", "chinese"),
    [
        (lambda say: say.date("2027-01-04"), "Monday, 4 January 2027", "2027年1月4日 星期一"),
        (lambda say: say.short_date("2027-03-28"), "Sun 28 Mar", "3月28日 周日"),
        (lambda say: say.quarter("2027Q3"), "third quarter of 2027", "2027年第三季度"),
        (lambda say: say.money(1234567.6), "1,234,568 yuan", "1,234,568 元"),
        (lambda say: say.short_money(512345.6), "512,346 yuan", "51.2 万元"),
        (lambda say: say.short_money(-999.6), "-1,000 yuan", "-1,000 元"),
        (lambda say: say.signed_money(8200.0), "+8,200 yuan", "+8,200 元"),
        (lambda say: say.signed_money(-8200.0), "-8,200 yuan", "-8,200 元"),
        (lambda say: say.amount(20000), "20,000 yuan", "2 万元"),
        (lambda say: say.amount(12500), "12,500 yuan", "1.25 万元"),
        (lambda say: say.share(0.0314), "3.1%", "3.1%"),
        (lambda say: say.minutes(2.04), "2.0 min", "2.0 分钟"),
        (lambda say: say.count(1, "days"), "1 day", "1 天"),
        (lambda say: say.count(3, "days"), "3 days", "3 天"),
        (lambda say: say.money(None), "–", "–"),
        (lambda say: say.number(float("nan")), "–", "–"),
        (lambda say: say.number(-0.2), "0", "0"),
        (lambda say: say.named("hourly_pay"), "hourly pay", "小时工资"),
        (lambda say: say.named("my_skill"), "my skill", "my skill"),
        (
            lambda say: say.moment("2026-11-30T18:05:00"),
            "Monday, 30 November 2026 18:05",
            "2026年11月30日 星期一 18:05",
        ),
    ],
)
def test_both_languages_write_as_their_readers_do(write, english, chinese):
    assert write(EN) == english
    assert write(ZH) == chinese


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("time limit", "时间到"),
        ("one more teller", "增加 1 名 teller"),
        ("T03 away 2027-02-15 to 2027-02-20: illness", "T03 于 2027-02-15 至 2027-02-20 病假"),
        ("Every promise holds in the hall", "各项服务承诺在仿真中全部达标"),
        ("Chinese New Year", "春节"),
        ("病假", "病假"),
        (
            "15.0% of cash_withdrawal by machine or remote channel",
            "cash withdrawal 至少 15.0% 由自助设备或电子渠道办理",
        ),
        (
            "days of the quarter, by the calendar and not as in the branch's file: quiet_day 51 (not 52)",
            "各类日的天数按日历统计，与网点文件不同：quiet_day 51（文件中为 52）",
        ),
        ("impossible: no plan keeps every rule and promise", "不可行：没有方案能同时满足全部规则和承诺"),
        ("Day off (substituted from 2026-01-04)", "调休（与 2026-01-04 对调）"),
        ("T03 is new", "T03 为新增人员"),
    ],
)
def test_known_sentences_are_said_in_chinese(english, chinese):
    said = ZH.said(english)
    assert (said.text, said.lang) == (chinese, "zh")


def test_an_unknown_sentence_stays_english_and_says_so():
    said = ZH.said("the machine is full")
    assert (said.text, said.lang) == ("the machine is full", "en")


def test_every_label_is_used_and_has_the_same_blanks_in_both_languages():
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in PAGE.rglob("*")
        if path.suffix in (".py", ".html") and path.name != "labels.py"
    )
    prefixes = (*tuple(re.findall(r'label\(f?"([a-z_]+_)(?:"|\{)', sources)), "group_")
    unused = [key for key in LABELS if not re.search(rf"\b{key}\b", sources) and not key.startswith(prefixes)]
    assert unused == []
    blanks = {key: [sorted(re.findall(r"\{(\w+)\}", text)) for text in pair] for key, pair in LABELS.items()}
    assert [key for key, (english, chinese) in blanks.items() if english != chinese] == []
    assert [key for key, (_, chinese) in LABELS.items() if re.fullmatch(r"[ -~]*[a-zA-Z]{3}[ -~]*", chinese)] == []


def test_bars_of_amounts_tell_what_the_threshold_reaches(quarter_structure):
    poster = copy.deepcopy(quarter_structure["posters"][0])
    poster |= {"threshold": 7000, "thresholds": [0, 7000], "diverted": [0, 0.2], "today": 0}
    left, right = poster_chart(poster, 0, EN).option["series"]
    assert [bar["itemStyle"]["color"] for bar in left["data"]] == [REACHED, REACHED, PARTLY, BEYOND, BEYOND, BEYOND]
    assert [bar["itemStyle"]["color"] for bar in right["data"]] == [BEYOND, REACHED]


def test_the_groups_of_costs_sum_to_the_cost(quarter_structure):
    charts = costs_chart(quarter_structure, EN).option["series"]
    bars = [series for series in charts if series["type"] == "bar"]
    for n, (_, _, total) in enumerate(compared(quarter_structure)):
        assert sum(series["data"][n]["value"] for series in bars) == pytest.approx(total, abs=len(GROUPS))


def test_the_rows_of_costs_sum_to_each_total(quarter_structure):
    rows = list(cost_rows(quarter_structure))
    for n, (_, _, total) in enumerate(compared(quarter_structure)):
        assert sum(costs[n] or 0.0 for _, costs in rows) == pytest.approx(total, abs=len(rows))


def point(price, people, waiting, bound):
    return {"labour_price": price, "people_cost": people, "waiting_cost": waiting, "bound": bound}


def test_no_plan_of_the_frontier_lies_below_the_proven_edge():
    points = [point(0.5, 140.0, 40.0, 107.0), point(1.0, 100.0, 70.0, 166.0), point(2.0, 80.0, 100.0, 255.0)]
    edge = dict(proven_edge(points))
    for found in points:
        nearest = min(edge, key=lambda people: abs(people - found["people_cost"]))
        assert 0 < edge[nearest] <= found["waiting_cost"] + 2.0


def test_no_edge_is_drawn_where_bounds_are_of_something_else():
    assert proven_edge([point(0.5, 140.0, 40.0, 175.0), point(1.0, 100.0, 70.0, 166.0)]) == []


def test_hours_are_what_was_worked(quarter_structure):
    for person in quarter_structure["people"]:
        assert sum(hours_of(person).values()) == pytest.approx(person["worked_hours"])


def test_a_period_in_which_nobody_comes_has_no_wait(quarter_structure):
    plan = copy.deepcopy(quarter_structure["plans"][0])
    found = plan["channels"][0]["by_period"]
    found["mean_wait"][3] = None
    found["simulated_wait"][4] = {"value": float("nan"), "low": float("nan"), "high": float("nan")}
    series = day_chart(plan, 0, EN).option["series"]
    steps, whiskers = (
        next(each["data"] for each in series if each.get("renderItem") == name) for name in ("fn:step", "fn:whiskers")
    )
    assert [item["value"][0] for item in steps] == [0, 1, 2, *range(4, 16)]
    assert [item["value"][0] for item in whiskers] == [0, 1, 2, 3, *range(5, 16)]


def test_plans_that_are_best_at_several_wages_are_one_point(quarter_structure):
    frontier = [point | {"people_cost": 100.0, "waiting_cost": 50.0} for point in quarter_structure["frontier"]]
    points, chosen, *_ = frontier_chart({"frontier": frontier}, EN).option["series"]
    assert [item["text"] for item in points["data"]] == ["×0.25–4"]
    assert [item["text"] for item in chosen["data"]] == ["×1"]


def test_weeks_hold_every_shift_once_and_name_leave(quarter_structure):
    weeks = roster_weeks(quarter_structure, list(skill_colours(quarter_structure)), ZH)
    cells = [cell for week in weeks for _, row, _ in week.rows for cell in row]
    assert sum(cell.kind == "work" for cell in cells) == len(quarter_structure["roster"])
    assert {cell.note for cell in cells if cell.kind == "leave"} >= {"年休假", "培训"}
    assert sum(len(week.dates) for week in weeks) == 90


def test_the_roster_of_the_page_is_that_of_the_structure(quarter_structure):
    data = roster_data(quarter_structure, skill_colours(quarter_structure), EN)
    assert sum(map(len, data["dates"].values())) == len(quarter_structure["roster"])
    row = quarter_structure["roster"][0]
    assert [540, 1020, 690, 750] in [found[2:] for found in data["dates"][row["date"]]]


def test_the_tightest_promises_are_drawn_where_there_are_many(quarter_structure):
    promise = quarter_structure["promises"][0]
    many = [promise | {"simulated": promise["limit"] + n / 100} for n in range(MOST + 5, 0, -1)]
    found = drawn({"promises": many})
    assert len(found) == MOST
    assert found[0]["simulated"] == pytest.approx(promise["limit"] + 0.01)
