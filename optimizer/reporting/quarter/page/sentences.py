"""Sentences that the program writes in English, said in Chinese."""

import re

# Names inside a sentence are the user's and stay as they are.
PATTERNS: tuple[tuple[str, str], ...] = (
    ("work limit", "到达计算量上限"),
    ("[Ee]very promise holds in the hall", "各项服务承诺在仿真中全部达标"),
    ("people paid by the hour; without a roster", "人员按小时计薪，未排班"),
    ("the least servers by period that keep each promise by Erlang C, then the same roster",
     "每个时段按 Erlang C 公式取满足承诺的最少窗口数，再用同样的方法排班"),
    ("at these posters", "分流门槛不变"),
    ("sick leave", "病假"),
    ("leave", "休假"),
    ("day off", "休息"),
    (r"(\S+) away (\S+) to (\S+): (?:illness|sick leave)", r"\1 于 \2 至 \3 病假"),
    (r"(\S+) away (\S+) to (\S+): (.+)", r"\1 于 \2 至 \3 缺勤：\4"),
    (r"one more (\S+)", r"增加 1 名 \1"),
    (r"one (\S+) (?:less|fewer)", r"减少 1 名 \1"),
    (r"(\d{4}) is provisional: its make-up working days are not announced", r"\1 年日历为暂定：调休安排尚未公布"),
    (r"(\d{4}) is provisional: (.+)", r"\1 年日历为暂定：\2"),
    (r"wage of (.+)", r"\1 的工资"),
    (r"([\d.,]+) yuan/h", r"\1 元/小时"),
    (r"([\d.,]+) yuan", r"\1 元"),
)  # fmt: skip
COMPILED = tuple((re.compile(pattern), chinese) for pattern, chinese in PATTERNS)


def in_chinese(sentence: str) -> str | None:
    """A sentence in Chinese, or None where none is known."""
    for pattern, chinese in COMPILED:
        found = pattern.fullmatch(sentence.rstrip("."))
        if found is not None:
            return found.expand(chinese)
    return None
