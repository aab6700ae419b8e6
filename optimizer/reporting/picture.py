"""A picture of the hall over one day, which plays the day where it is shown by a browser.

Above the line of each channel stand those who wait, below it those who are served, and where a customer is lost a mark.
"""

import io
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from optimizer.problem import Branch, format_clock
from optimizer.simulation import Fullness, HallDay, Happening

WIDTH, PANEL, HEAD, FOOT = 12.0, 1.6, 1.3, 0.4
"""Of the picture, of a panel with the room above it, of what stands above the panels and below them [inches]."""
LEFT, RIGHT = 0.04, 0.985
"""Ends of the panels, as shares of the width."""
FONT = "'DejaVu Sans', sans-serif"
POINTS = 72
"""Units of the file to an inch."""
WAITING, DEAD, ON_DUTY, SERVING, LOST, INK, FAINT = (
    "#5b9bd9", "#c3c9d1", "#c8641b", "#9ccfae", "#b3202a", "#222222", "#666666",
)  # fmt: skip
STYLE: Any = {
    "svg.hashsalt": "hall", "svg.fonttype": "none", "font.size": 10, "axes.edgecolor": "#aaaaaa",
    "xtick.color": FAINT, "ytick.color": FAINT,
}  # fmt: skip
"""Letters stay letters, and the same day makes the same file."""
LOSSES = {Happening.GIVES_UP: ("x", "gives up"), Happening.TURNS_AWAY: ("v", "turns away")}
SHOW = '<set attributeName="visibility" to="visible" '
SECONDS, STEP = 30.0, 5
"""Length of the play, and minutes of the day after which its readings change."""


@dataclass(frozen=True)
class _Course:
    """What happens at a channel over the day: how each moment leaves it, and where customers are lost."""

    name: str
    moments: list[float]
    """[minutes after midnight]"""
    states: list[Fullness]
    lost: dict[Happening, list[tuple[float, int]]]
    """Moments, and the numbers waiting among which the customer was or would have been."""

    @classmethod
    def of(cls, name: str, day: HallDay, opening: int, end: float) -> "_Course":
        # Who joins and is called at the same moment has not waited: what counts is how the moment leaves the channel.
        events = day.at(name)
        states = {float(opening): Fullness()}
        states |= {opening + event.moment: event.after for event in events if event.after is not None}
        states.setdefault(end, next(reversed(states.values())))
        lost: dict[Happening, list[tuple[float, int]]] = {happening: [] for happening in LOSSES}
        for event in events:
            if event.after is not None and event.happening in lost:
                own = int(event.happening is Happening.GIVES_UP)
                lost[event.happening].append((opening + event.moment, _displayed(event.after) + own))
        return cls(name, list(states), list(states.values()), lost)

    def at(self, moment: float) -> Fullness:
        """How full it is at a moment."""
        return self.states[max(0, bisect_right(self.moments, moment) - 1)]

    def changes(self, values: Sequence[int]) -> tuple[list[float], list[int]]:
        """Where a series changes, and its end."""
        last = len(values) - 1
        kept = [i for i in range(len(values)) if i in (0, last) or values[i] != values[i - 1]]
        return [self.moments[i] for i in kept], [values[i] for i in kept]


def hall_picture(branch: Branch, day_type: str, day: HallDay, seed: int) -> str:
    """The hall over one simulated day as SVG: a panel for each channel where customers wait.

    A browser plays the day in half a minute when the picture is opened, and again when it is clicked.

    Args:
        branch: The branch.
        day_type: Kind of the day.
        day: What happened.
        seed: Seed of the simulation, for the title.
    """
    opening = branch.hours(day_type).open
    end = opening + max(day.closing, *(event.moment for event in day.events[-1:])) + STEP
    places = [name for name in branch.channels if name not in branch.remotes]
    used = [name for name in places if any(event.customer is not None for event in day.at(name))]
    courses = [_Course.of(name, day, opening, end) for name in used or places]
    height = HEAD + FOOT + PANEL * len(courses)
    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), facecolor="white")
        FigureCanvasSVG(figure)
        panels: list[Axes] = list(figure.subplots(len(courses), 1, sharex=True, squeeze=False)[:, 0])
        figure.subplots_adjust(LEFT, FOOT / height, RIGHT, 1 - HEAD / height, hspace=0.36)
        for panel, course in zip(panels, courses, strict=True):
            _draw(panel, course)
        _mark_time(panels, opening, opening + day.closing, end)
        _legend(figure, panels[0])
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    drawn = re.sub(r' d="([^"A-KN-Ya-y]*)"', _shortened, out.getvalue()).replace("<svg ", '<svg id="hall" ', 1)
    title = f"{branch.name}, {_words(day_type)}: one simulated day"
    added = [*_titles(title, f"{day.customers} customers, seed {seed}"), *_play(panels, courses, height, opening, end)]
    return drawn.replace("</svg>", "\n".join([*added, "</svg>", ""]))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _displayed(state: Fullness) -> int:
    return state.waiting + state.dead_numbers


def _legend(figure: Figure, panel: Axes) -> None:
    """One legend for all panels."""
    handles, labels = panel.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="center left", bbox_to_anchor=(LEFT, 1 - 0.84 / figure.get_figheight()),
        ncols=len(labels), frameon=False, handlelength=1.6, columnspacing=1.6, borderpad=0, borderaxespad=0,
    )  # fmt: skip


def _titles(title: str, subtitle: str) -> Iterator[str]:
    """Title and subtitle, beside the drawing, which would look for a font that has every letter of a name."""
    for height, style, colour, text in ((0.34, "bold 15px", INK, title), (0.58, "10px", FAINT, subtitle)):
        place = f'x="{LEFT * WIDTH * POINTS:.1f}" y="{height * POINTS:.1f}" fill="{colour}"'
        yield f'<text {place} style="font: {style} {FONT}">{escape(text)}</text>'


def _draw(panel: Axes, course: _Course) -> None:
    """One channel; what serves is drawn below the line."""
    states = course.states
    areas = (
        ([_displayed(s) for s in states], DEAD, "numbers nobody will answer"),
        ([s.waiting for s in states], WAITING, "customers waiting"),
        ([-s.in_service for s in states], SERVING, "serving"),
    )
    for values, colour, label in areas:
        edges, heights = course.changes(values)
        panel.stairs(heights[:-1], edges, fill=True, color=colour, lw=0, label=label)
    on_duty = course.changes([-s.servers for s in states])
    panel.step(*on_duty, where="post", color=ON_DUTY, lw=1.6, label="on duty")
    for happening, (marker, label) in LOSSES.items():
        x, y = [moment for moment, _ in course.lost[happening]], [number for _, number in course.lost[happening]]
        panel.plot(x, y, marker, color=LOST, ms=5, mfc="none", mew=1.1, label=label, clip_on=False)
    panel.axhline(0, color="#aaaaaa", lw=0.8)
    panel.set_title(_words(course.name), loc="left", size=11, weight="bold", color=INK, pad=5)
    most = max(1, *areas[0][0], *(number for each in course.lost.values() for _, number in each))
    panel.set_ylim(1.15 * min(-1, *areas[2][0], *on_duty[1]), 1.15 * most)
    panel.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{abs(number):.0f}"))
    panel.grid(axis="y", color="#e6e6e6", lw=0.6)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)


def _mark_time(panels: Sequence[Axes], opening: int, closing: float, end: float) -> None:
    """Hours of the clock, and when the door closes."""
    for panel in panels:
        panel.axvspan(closing, end, color="#f3f3f3", lw=0, zorder=0)
        panel.axvline(closing, color=FAINT, lw=0.9, ls=(0, (4, 3)), label="door closes")
    panels[-1].set_xlim(opening, end)
    panels[-1].xaxis.set_major_locator(MultipleLocator(60))
    panels[-1].xaxis.set_major_formatter(FuncFormatter(lambda minutes, _: format_clock(int(minutes))))


def _shortened(path: re.Match[str]) -> str:
    """A path to a hundredth of a point, with a word for lines along the axes."""
    words, last = [], ("", "")
    for command, x, y in re.findall(r"([ML]) (\S+) (\S+)", path[1]):
        point = _hundredths(x), _hundredths(y)
        along = "H" + point[0] if point[1] == last[1] else "V" + point[1] if point[0] == last[0] else ""
        words.append(along if along and command == "L" else f"{command}{point[0]} {point[1]}")
        last = point
    return f' d="{"".join(words)}{"z" if path[1].rstrip().endswith("z") else ""}"'


def _hundredths(number: str) -> str:
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


def _play(panels: Sequence[Axes], courses: Sequence[_Course], height: float, opening: int, end: float) -> Iterator[str]:
    """A line that moves through the day, the time, and what each channel holds then.

    All of it is hidden until it plays: who has no use for animations sees the picture.
    """
    width, right = WIDTH * POINTS, RIGHT * WIDTH * POINTS
    heights = [((1 - place.y1) * height * POINTS, (1 - place.y0) * height * POINTS)
               for place in (panel.get_position() for panel in panels)]  # fmt: skip
    line = "".join(f"M0 {top:.1f}V{bottom:.1f}" for top, bottom in heights)
    yield f'<g id="play" fill="{INK}" text-anchor="end" style="font: 10px {FONT}">'
    yield f'<path d="{line}" stroke="{INK}" stroke-width="0.8" visibility="hidden">'
    yield f'{SHOW} id="sweep" begin="1s;hall.click" dur="{SECONDS:g}s" restart="whenNotActive"/>'
    yield '<animateTransform attributeName="transform" type="translate" begin="sweep.begin"'
    yield f'from="{LEFT * width:.1f} 0" to="{right:.1f} 0" dur="{SECONDS:g}s"/>'
    yield "</path>"
    moments = [opening + STEP * step for step in range(int((end - opening) / STEP) + 1)]
    scale = SECONDS / (end - opening)
    places = [(0.84 * POINTS, [format_clock(moment) for moment in moments], f' style="font: bold 15px {FONT}"')]
    for (top, _), course in zip(heights, courses, strict=True):
        readings = [_reading(course.at(moment)) for moment in moments]
        places.append((top - 5, readings, ""))
    for y, readings, style in places:
        for begin, seconds, text in _shown(readings, scale * STEP):
            last = min(seconds, SECONDS - begin)
            yield f'<text x="{right:.1f}" y="{y:.1f}" visibility="hidden"{style}>{text}{SHOW}'
            yield f'begin="sweep.begin+{begin:.2f}s" dur="{last:.2f}s"/></text>'
    yield "</g>"


def _reading(state: Fullness) -> str:
    return f"{state.waiting} waiting, {state.in_service} serving, {state.servers} on duty"


def _shown(readings: Sequence[str], seconds: float) -> Iterator[tuple[float, float, str]]:
    """When each reading begins, and how long it holds, while it does not change [seconds]."""
    begin = 0
    for index in range(1, len(readings) + 1):
        if index == len(readings) or readings[index] != readings[begin]:
            yield begin * seconds, (index - begin) * seconds, readings[begin]
            begin = index
