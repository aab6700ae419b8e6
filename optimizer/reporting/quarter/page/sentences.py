"""Sentences that the program writes in English, said in Chinese."""

import re

# Names inside a sentence are the user's and stay as they are.
PATTERNS: tuple[tuple[str, str], ...] = (
    ("work limit", "到达计算量上限"),
    # The verdict and the comparisons.
    ("[Ee]very promise holds in the hall", "各项服务承诺在仿真中全部达标"),
    ("Some promises fail in the hall; they are marked", "部分承诺在仿真中未达标，已标出"),
    ("Some promises fail in the hall, and there was no time to plan again",
     "部分承诺在仿真中未达标，且没有时间重新求解"),
    ("The plan was not simulated", "方案未经仿真"),
    ("people paid by the hour; without a roster", "人员按小时计薪，未排班"),
    ("as it is done today, people paid as in the plan", "按目前的做法，人员薪酬与本方案相同"),
    ("as it is done today, people paid by the hour, without a roster", "按目前的做法，人员按小时计薪，未排班"),
    ("the least servers by period that keep each promise by Erlang C, then the same roster",
     "每个时段按 Erlang C 公式取满足承诺的最少窗口数，再用同样的方法排班"),
    ("the least windows of each period that keep the promise by Erlang C, with the target raised until every promise "
     "holds; the same thresholds, shifts, roster rules and pay",
     "每个时段按 Erlang C 公式取满足承诺的最少窗口数，并逐步提高目标直到各项承诺达标；"
     "分流门槛、班次、排班规则和薪酬相同"),
    # Hiring and why.
    (r"dearer by (\S+) yuan", r"成本增加 \1 元"),
    (r"cheaper by (\S+) yuan", r"成本减少 \1 元"),
    (r"dearer by (\S+) yuan; (\S+) hours would lack people", r"成本增加 \1 元，缺岗 \2 小时"),
    (r"cheaper by (\S+) yuan; (\S+) hours would lack people", r"成本减少 \1 元，缺岗 \2 小时"),
    ("at these posters", "分流门槛不变"),
    ("at these posters but for the one that changes, people paid by the hour",
     "除所改的一项外分流门槛不变，人员按小时计薪"),
    (r"one (\S+) more on the staff list", r"增加 1 名 \1"),
    (r"one (\S+) fewer on the staff list", r"减少 1 名 \1"),
    ("one window more", "增加 1 个窗口"),
    ("one window fewer", "减少 1 个窗口"),
    (r"one (\S+) more", r"增加 1 台 \1"),
    (r"one (\S+) fewer", r"减少 1 台 \1"),
    (r"(\S+) below (\S+) to (\S+)", r"\1 不足 \2 元分流到 \3"),
    (r"no (\S+) to (\S+)", r"\1 不分流到 \2"),
    (r"(\d+) greeters on duty", r"大堂经理 \1 名"),
    (r"campaign (\S+)", r"活动 \1"),
    (r"(\S+): within (\S+) min", r"\1：\2 分钟内"),
    (r"(\S+): at most (\S+) min", r"\1：不超过 \2 分钟"),
    (r"(\S+): at most (\S+%)", r"\1：不超过 \2"),
    (r"surely dearer, by (\S+) yuan at least", r"必然更贵，至少多 \1 元"),
    (r"surely cheaper, by (\S+) yuan at least", r"必然更省，至少省 \1 元"),
    (r"between (\S+) and (\S+) yuan", r"变化在 \1 至 \2 元之间"),
    ("not proven", "未证明"),
    ("impossible: no plan keeps every rule and promise", "不可行：没有方案能同时满足全部规则和承诺"),
    ("no plan found", "未找到方案"),
    ("costs the same", "成本不变"),
    (r"one more (\S+)", r"增加 1 名 \1"),
    # What clashes.
    (r"nobody can work as (\S+) on (.+)", r"\2 没有人能担任 \1"),
    (r"all who can work as (\S+) are away on ([^:]+): (.+)", r"\2 能担任 \1 的人员全部缺勤：\3"),
    (r"all who can work as (\S+) are away on (.+)", r"\2 能担任 \1 的人员全部缺勤"),
    (r"([^:]+): (\d+) needed as (\S+), (\d+) of (\d+) are there(.*)", r"\1：需要 \3 \2 名，\5 名中只有 \4 名在岗\6"),
    (r"hours as (\S+), (.+): (\S+) are needed, (.+) may work (\S+)", r"\1 工时，\2：需要 \3 小时，\4 最多 \5 小时"),
    (r"days as (\S+), (.+): (\d+) are needed; bound by (.+)", r"\1 出勤，\2：需要 \3 人日，受限于 \4"),
    (r"(.+): shifts that must not follow each other, as (\S+)", r"\1：\2 的班次不得相连"),
    (r"(.+): shifts that must not follow each other", r"\1：班次不得相连"),
    (r"(.+): too few people as (\S+)", r"\1：\2 人手不足"),
    (r"on (\S+), with (.+)", r"\1，条件为 \2"),
    (r"target (\S+)", r"承诺 \1"),
    (r"people of skill (\S+)", r"\1 的人数"),
    (r"people to staff (\S+)", r"\1 的在岗人数"),
    (r"least windows of (\S+)", r"\1 的最少窗口数"),
    (r"most windows of (\S+)", r"\1 的最多窗口数"),
    ("windows", "窗口数"),
    ("least_role_time", "窗口用途的最短时间"),
    # Absence.
    ("sick leave", "病假"),
    ("leave", "休假"),
    ("day off", "休息"),
    (r"(\S+) away (\S+) to (\S+): (?:illness|sick leave)", r"\1 于 \2 至 \3 病假"),
    (r"(\S+) away (\S+) to (\S+): training", r"\1 于 \2 至 \3 培训"),
    (r"(\S+) away (\S+) to (\S+): annual leave", r"\1 于 \2 至 \3 年休假"),
    (r"(\S+) away (\S+) to (\S+): (.+)", r"\1 于 \2 至 \3 缺勤：\4"),
    (r"(.+) is no longer there", r"\1 已离岗"),
    (r"(.+) is new", r"\1 为新增人员"),
    # Notes.
    (r"every shift is to be covered from (\S+) on: who was missing before is not counted",
     r"自 \1 起各班均须有人：此前的缺岗不计"),
    (r"days wished to work on which the branch is closed or the person is away or off: (\d+); not counted",
     r"有 \1 个希望上班的日子恰逢停业、请假或固定休息日，不计入意愿"),
    (r"(.+) is no longer among the people: shifts before (\S+) and their pay stay",
     r"\1 已不在人员名单中：\2 之前的班次和工资保留"),
    ("how many to employ does not count rest between shifts, forbidden sequences and days in a row: shifts that lack "
     "people may need more",
     "应有人数未考虑两班间隔、禁止的班次衔接和连续上班天数：缺岗的班次可能需要增加人员"),
    (r"(\d{4}) is provisional: its make-up working days are not announced", r"\1 年日历为暂定：调休安排尚未公布"),
    (r"the make-up working days of (\d{4}) in \S+ are not known: holidays are the statutory ones",
     r"\1 年调休安排尚未公布，节假日只按法定假日计"),
    (r"no holidays of (\S+) are known for (\d{4})", r"没有 \1 \2 年的节假日资料"),
    (r"days of the quarter, by the calendar and not as in the branch's file: (.+)",
     r"各类日的天数按日历统计，与网点文件不同：\1"),
    (r"(\d+) open days of the quarter are not after the history", r"本季有 \1 个营业日在历史数据之内"),
    (r"the history ends (\d+) days before the quarter: the intervals do not know what changed since",
     r"历史数据止于本季之前 \1 天，区间未反映此后的变化"),
    (r"(.+): the hall refuses it, so no day has it", r"\1：仿真未通过，不采用"),
    ("days on which people are missing are judged as if they were there", "缺岗的日子按人员到齐评价"),
    (r"the policy was searched for with an hour of people at (\S+) of its wage: their worth here",
     r"求解分流与窗口时，人工每小时按工资的 \1 倍计，即其在本网点的实际价值"),
    ("the bound counts no premium of part time: salaried people may work short shifts without it",
     "下界不含兼职加价：领固定工资的人员上短班不加价"),
    (r"not evaluated yet: (.+)", r"尚未计入：\1"),
    # Assumptions.
    (r"wage of (.+)", r"\1 的工资"),
    (r"shrinkage of (.+)", r"\1 的缺勤率（休假、病假、培训）"),
    (r"an hour of waiting of a customer, (.+)", r"客户等候一小时的代价，\1"),
    (r"a lost customer, (.+)", r"流失一位客户的代价，\1"),
    ("work after closing, relative to the wage", "打烊后工作相对工资的倍数"),
    ("a day is busier or quieter than its kind by", "同类日之间的忙闲差异"),
    (r"promise (.+)", r"承诺 \1"),
    ("rest between shifts", "两班之间的休息"),
    ("most days in a row", "最多连续上班天数"),
    ("rest days a week", "每周休息天数"),
    ("most overtime", "加班上限"),
    ("pay of overtime, rest days, holidays", "加班、休息日、法定节假日的工资倍数"),
    ("price of a person missing", "缺岗一人的代价"),
    ("customers of the quarter", "全季客户数"),
    ("roster.toml, or the law of China", "roster.toml，或中国劳动法规"),
    ("branch's arrivals by day type", "网点各类日的到店客户"),
    (r"(\d+) days of history", r"\1 天历史数据"),
    (r"([\d.,]+) yuan/h", r"\1 元/小时"),
    (r"([\d.,]+) yuan", r"\1 元"),
    (r"([\d.,]+) h", r"\1 小时"),
    (r"([\d.,]+) h a day, ([\d.,]+) h a month", r"每天 \1 小时，每月 \2 小时"),
)  # fmt: skip
COMPILED = tuple((re.compile(pattern), chinese) for pattern, chinese in PATTERNS)


def in_chinese(sentence: str) -> str | None:
    """A sentence in Chinese, or None where none is known."""
    for pattern, chinese in COMPILED:
        found = pattern.fullmatch(sentence.rstrip("."))
        if found is not None:
            return NOT_AS_IN_FILE.sub(r"（文件中为 \1）", found.expand(chinese))
    return None


NOT_AS_IN_FILE = re.compile(r" \(not (\d+)\)")
