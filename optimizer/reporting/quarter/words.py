"""Words of the program in English and Chinese; names from the user's files stay as they are, made readable."""

import re
import unicodedata
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

WEEKDAYS = {
    "monday": ("Mon", "周一"), "tuesday": ("Tue", "周二"), "wednesday": ("Wed", "周三"), "thursday": ("Thu", "周四"),
    "friday": ("Fri", "周五"), "saturday": ("Sat", "周六"), "sunday": ("Sun", "周日"),
}  # fmt: skip
COSTS = {
    "salaries": ("salaries", "固定工资"), "wages": ("wages", "人工费"), "hourly_pay": ("hourly pay", "小时工资"),
    "overtime_pay": ("overtime pay", "加班费"), "rest_day_pay": ("rest-day pay", "休息日加班费"),
    "holiday_pay": ("holiday pay", "法定节假日加班费"), "uncovered": ("uncovered shifts", "缺岗损失"),
    "surplus": ("people not needed", "多余上班"),
    "wishes": ("wishes refused", "未满足的意愿"), "changes": ("days changed", "调班"),
    "fairness": ("unfairness", "不公平"),
    "overtime": ("work after closing", "打烊后延时"), "waiting": ("waiting", "客户等候"),
    "lost_customers": ("lost customers", "客户流失"), "transactions": ("transactions", "业务处理费"),
    "annoyance": ("annoyance", "分流引起的不满"), "pitches": ("pitches", "营销（收入为负）"),
    "campaign": ("campaign", "活动费用"), "machines": ("machines", "自助设备"),
}  # fmt: skip
TERMS = {
    "holiday": ("holiday", "节假日"), "eve": ("eve of a holiday", "节前"),
    "make_up": ("make-up working day", "调休上班"), "weekend": ("weekend", "周末"), "pay_day": ("pay day", "发薪日"),
    "bill_day": ("bill day", "缴费日"), "none": ("none", "无"), "full_time": ("full time", "全职"),
    "part_time": ("part time", "兼职"), "hourly": ("by the hour", "小时工"),
    "weekends": ("weekends worked", "周末上班（次）"), "late": ("late shifts", "晚班（次）"),
    "overtime_hours": ("overtime, hours", "加班（小时）"),
    "all_overtime": ("overtime of every kind, hours", "各类加班（小时）"), "window": ("window", "窗口"),
    "machine": ("machine", "自助设备"), "greeter": ("greeter", "大堂经理"), "remote": ("remote", "电子渠道"),
    "person": ("person", "人员"), "threshold": ("threshold", "分流门槛"), "target": ("target", "目标"),
    "off": ("off", "休"), "on": ("to work", "上班"), "any": ("any", "任意班次"), "optimal": ("optimal", "最优"),
    "feasible": ("feasible", "可行"), "infeasible": ("infeasible", "无可行方案"),
    "no_solution_found": ("no solution found", "未找到方案"), "gap reached": ("gap reached", "达到精度"),
    "time limit": ("time limit", "时间到"), "interrupted": ("interrupted", "人为中止"),
    "nothing left to try": ("nothing left to try", "已全部搜索"), "policy": ("posters and windows", "分流与窗口"),
    "roster": ("roster", "排班"), "quarter": ("whole quarter", "全季度"),
    "New Year's Day": ("New Year's Day", "元旦"), "Chinese New Year": ("Chinese New Year", "春节"),
    "Chinese New Year's Eve": ("Chinese New Year's Eve", "除夕"),
    "Chinese New Year (Spring Festival)": ("Chinese New Year", "春节"), "Labor Day": ("Labour Day", "劳动节"),
    "Tomb-Sweeping Day": ("Tomb-Sweeping Day", "清明节"), "Dragon Boat Festival": ("Dragon Boat Festival", "端午节"),
    "Mid-Autumn Festival": ("Mid-Autumn Festival", "中秋节"), "National Day": ("National Day", "国庆节"),
    "annual leave": ("annual leave", "年休假"), "illness": ("illness", "病假"), "training": ("training", "培训"),
}  # fmt: skip
ON_THE_WALL = {
    "cash_deposit": "现金存款", "deposit": "存款", "cash_withdrawal": "现金取款", "withdrawal": "取款",
    "transfer": "转账", "card_repayment": "信用卡还款", "cash_machine": "自助存取款机", "machine": "自助设备",
    "kiosk": "自助终端", "card_kiosk": "自助发卡机", "ebank": "手机银行或网上银行",
}  # fmt: skip
"""What posters call the names that the shipped branches use."""
MEASURES = {"mean wait": "平均等候时间", "abandonment": "流失率", "utilization": "利用率"}

SUBSTITUTED = re.compile(r"Day off \(substituted from (\d{4}-\d{2}-\d{2})\)")
SERVED = re.compile(r"(?:(.+?): )?(.+?)(?: of (.+?))?: (\S+%) served within (\S+) min (in every period|over the day)$")
AT_MOST = re.compile(r"(?:(.+?): )?(.+?)(?: of (.+?))?: (.+) at most (\S+?)( min)? (in every period|over the day)$")
DIVERTED = re.compile(r"(?:(.+?): )?(\S+%) of (.+) by machine or remote channel$")


def pick(pair: tuple[str, str], lang: Language) -> str:
    """English or Chinese of a pair."""
    return pair[lang == "zh"]


def readable(name: str) -> str:
    """A name of the files as people write it."""
    return name.replace("_", " ")


def term(name: str | None, lang: Language) -> str:
    """A word that the program uses, in a language; any other name made readable."""
    if name is None:
        return ""
    for words in (TERMS, WEEKDAYS):
        if name in words:
            return pick(words[name], lang)
    if found := SUBSTITUTED.fullmatch(name):
        return pick((name, f"调休（与 {found[1]} 对调）"), lang)
    observed = name.removesuffix(" (observed)")
    if observed != name:
        return f"{term(observed, lang)}{pick((' (observed)', '（补假）'), lang)}"
    return readable(name)


def cost_name(name: str, lang: Language) -> str:
    """What a cost is called."""
    return pick(COSTS[name], lang) if name in COSTS else readable(name)


def promise_sentence(english: str, lang: Language) -> str:
    """The sentence of a promise; one that is not known stays English."""
    if lang == "en":
        return english
    if found := DIVERTED.match(english):
        name, share, transactions = found.groups()
        who = f"{readable(name)}：" if name else ""
        return f"{who}{readable(transactions)} 至少 {share} 由自助设备或电子渠道办理"
    if found := SERVED.match(english):
        name, channel, tier, share, within, per = found.groups()
        return f"{_who(name, channel, tier)}{_scope(per)}至少 {share} 的客户在 {within} 分钟内得到服务"
    if found := AT_MOST.match(english):
        name, channel, tier, measure, most, minutes, per = found.groups()
        limit = f"{most} 分钟" if minutes else most
        return f"{_who(name, channel, tier)}{_scope(per)}{MEASURES.get(measure, measure)}不超过 {limit}"
    return english


def _who(name: str | None, channel: str, tier: str | None) -> str:
    who = f"{readable(channel)}（{readable(tier)}）" if tier else readable(channel)
    return f"{readable(name)}：{who} " if name else f"{who} "


def _scope(per: str) -> str:
    return "每个时段" if per == "in every period" else "全天"


def poster_text(poster: dict[str, object], lang: Language) -> str:
    """What the wall says about one diversion; a threshold of 0 asks nobody."""
    transaction, to, amount = str(poster["transaction"]), str(poster["to"]), float(str(poster["threshold"]))
    if amount <= 0:
        return pick(("No poster", "不张贴"), lang)
    if lang == "en":
        return f"{readable(transaction).capitalize()} below {amount:,.0f} yuan: please use the {readable(to)}"
    money = f"{amount / 10000:g} 万元" if amount >= 10000 and amount % 1000 == 0 else f"{amount:,.0f} 元"
    what, where = ON_THE_WALL.get(transaction, readable(transaction)), ON_THE_WALL.get(to, readable(to))
    return f"{what} {money}以下，请使用{where}办理"


def display_width(text: str) -> int:
    """Columns of a terminal or characters of a cell that a text takes; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
