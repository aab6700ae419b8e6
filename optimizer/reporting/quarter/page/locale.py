"""How English and Chinese write numbers, money, dates and names."""

import math
import re
from dataclasses import dataclass
from datetime import date

from optimizer.reporting.quarter.page.labels import LABELS
from optimizer.reporting.quarter.page.sentences import in_chinese
from optimizer.reporting.quarter.words import COSTS, Language, cost_name, promise_sentence, readable, term

NOTHING = "–"
"""What stands for a number that is not there."""
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CHINESE_DAYS = "一二三四五六日"
ORDINALS = ("first", "second", "third", "fourth")
WAN = 10_000


@dataclass(frozen=True)
class Said:
    """A sentence, and the language it is in."""

    text: str
    lang: Language


@dataclass(frozen=True)
class Locale:
    """One of the two languages."""

    code: Language

    @property
    def chinese(self) -> bool:
        """Whether it is Chinese."""
        return self.code == "zh"

    @property
    def tag(self) -> str:
        """The language of the page, as HTML names it."""
        return "zh-CN" if self.chinese else "en"

    def label(self, key: str, **values: object) -> str:
        """What a label is called."""
        return LABELS[key][self.chinese].format(**values)

    def named(self, name: str | None) -> str:
        """A word of the program in this language; a name from the user's files made readable."""
        if name is None:
            return NOTHING
        return cost_name(name, self.code) if name in COSTS else term(name, self.code)

    def readable(self, name: str) -> str:
        """A name from the user's files, whatever it is."""
        return readable(name)

    def said(self, text: str) -> Said:
        """A sentence of the program in this language, or in English where nobody has translated it."""
        if not self.chinese or not re.search("[A-Za-z]", text):
            return Said(text, self.code)
        for found in (term(text, "zh"), promise_sentence(text, "zh"), in_chinese(text)):
            if found and found not in (text, readable(text)):
                return Said(found, "zh")
        return Said(text, "en")

    def number(self, value: float | None, digits: int = 0) -> str:
        """A number with commas between thousands."""
        if value is None or not math.isfinite(value):
            return NOTHING
        text = f"{value:,.{digits}f}"
        return text.lstrip("-") if float(text.replace(",", "")) == 0 else text

    def count(self, value: float, thing: str) -> str:
        """So many of something: ``1 day``, ``3 days``, ``3 天``."""
        one, _, many = self.label(thing).partition("|")
        if self.chinese:
            return f"{self.number(value)} {one}"
        return f"{self.number(value)} {one if value == 1 or not many else many}"

    def money(self, value: float | None, digits: int = 0) -> str:
        """Yuan in full."""
        return value_or_nothing(self.number(value, digits), " 元" if self.chinese else " yuan")

    def short_money(self, value: float | None) -> str:
        """Yuan at a glance: in tens of thousands in Chinese."""
        if not self.chinese or value is None or abs(value) < WAN:
            return self.money(value)
        return value_or_nothing(self.number(value / WAN, 1), " 万元")

    def amount(self, value: float) -> str:
        """An amount on a poster: ``20,000 yuan``, ``2 万元``."""
        if self.chinese and value >= WAN:
            return f"{value / WAN:g} 万元"
        return f"{value:,.10g} {'元' if self.chinese else 'yuan'}"

    def signed_money(self, value: float | None) -> str:
        """Yuan with a sign, for differences."""
        sign = "+" if value is not None and value >= 0.5 else ""
        return sign + self.money(value)

    def share(self, value: float | None, digits: int = 1) -> str:
        """A share in per cent."""
        return value_or_nothing(self.number(None if value is None else 100 * value, digits), "%")

    def minutes(self, value: float | None, digits: int = 1) -> str:
        """Minutes with their unit."""
        return value_or_nothing(self.number(value, digits), " 分钟" if self.chinese else " min")

    def span(self, low: str, high: str) -> str:
        """From one thing to another."""
        return f"{low} 至 {high}" if self.chinese else f"{low} to {high}"

    def date(self, iso: str) -> str:
        """A date with its weekday: ``Monday, 4 January 2027``, ``2027年1月4日 星期一``."""
        day = date.fromisoformat(iso)
        if self.chinese:
            return f"{day.year}年{day.month}月{day.day}日 星期{CHINESE_DAYS[day.weekday()]}"
        return f"{WEEKDAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"

    def short_date(self, iso: str) -> str:
        """A date of the quarter: ``Mon 4 Jan``, ``1月4日 周一``."""
        day = date.fromisoformat(iso)
        if self.chinese:
            return f"{self.day(iso)} {self.weekday(day.weekday())}"
        return f"{self.weekday(day.weekday())} {self.day(iso)}"

    def day(self, iso: str) -> str:
        """Day and month: ``4 Jan``, ``1月4日``."""
        day = date.fromisoformat(iso)
        return f"{day.month}月{day.day}日" if self.chinese else f"{day.day} {MONTHS[day.month - 1][:3]}"

    def weekday(self, number: int) -> str:
        """A weekday in short, 0 for Monday: ``Mon``, ``周一``."""
        return f"周{CHINESE_DAYS[number]}" if self.chinese else WEEKDAYS[number][:3]

    def moment(self, iso: str) -> str:
        """A moment: its date and the time of day."""
        day, _, clock = iso.partition("T")
        return f"{self.date(day)} {clock[:5]}".strip()

    def quarter(self, name: str) -> str:
        """``2027Q1`` in words."""
        found = re.fullmatch(r"(\d{4})Q([1-4])", name)
        if found is None:
            return name
        year, number = found[1], int(found[2])
        if self.chinese:
            return f"{year}年第{CHINESE_DAYS[number - 1]}季度"
        return f"{ORDINALS[number - 1]} quarter of {year}"

    def listed(self, parts: list[str]) -> str:
        """Several things one after the other."""
        return ("、" if self.chinese else ", ").join(parts)


def value_or_nothing(number: str, unit: str) -> str:
    """A number with its unit, or the dash alone."""
    return number if number == NOTHING else number + unit
