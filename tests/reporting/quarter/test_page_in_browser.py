"""The page as a browser draws it; skipped where there is no Chromium."""

import copy
import re
import shutil
import subprocess

import pytest

pytest.importorskip("jinja2")

from optimizer.reporting.quarter.page import page_html

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# What a reader would see: boxes of labels, tooltips under the pointer, and whatever was asked of a network.
WATCH = """<script>
const shown = document.documentElement.dataset;
document.addEventListener("securitypolicyviolation", (event) => { shown.refused = event.blockedURI; });
const charts = () => [...document.querySelectorAll("[data-chart]")];
const boxes = (chart) => [...chart.querySelectorAll("svg text")]
  .map((text) => ({ ...text.getBoundingClientRect().toJSON(), says: text.textContent }))
  .filter((box) => box.width);
const beyond = (room) => (box) =>
  box.left < room.left - 1 || box.right > room.right + 1 || box.bottom > room.bottom + 1;
const touch = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
  && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4;
const look = () => {
  const cut = [], over = [];
  shown.texts = 0;
  for (const chart of charts()) {
    const texts = boxes(chart);
    shown.texts = Number(shown.texts) + texts.length;
    cut.push(...texts.filter(beyond(chart.getBoundingClientRect())));
    texts.forEach((one, n) => over.push(...texts.slice(n + 1).filter((two) => touch(one, two))));
  }
  shown.cut = cut.map((box) => box.says).join("|");
  shown.over = over.map((box) => box.says).join("|");
  shown.fetched = performance.getEntriesByType("resource").map((entry) => entry.name).join(" ");
};
const point = () => {
  const told = new Set();
  for (const chart of charts()) {
    const room = chart.getBoundingClientRect();
    for (let n = 1; n < POINTS; n++) {
      const clientX = room.left + room.width * ((n * 0.61803) % 1), clientY = room.top + (room.height * n) / POINTS;
      chart.firstElementChild.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true }));
    }
    const tooltip = chart.querySelector(":scope > div:not(:first-child)");
    if (tooltip && tooltip.textContent) told.add(chart.dataset.chart);
  }
  shown.told = [...told].join(" ");
};
window.addEventListener("load", () => setTimeout(() => { look(); point(); }, 3000));
</script></head>"""


@pytest.fixture(scope="module")
def dumped(tmp_path_factory):
    """Opens a page in a browser without a network; gives its document once all is drawn, and what the browser said."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no Chromium on this machine")

    def dump(page, points=1):
        folder = tmp_path_factory.mktemp("browser")
        (folder / "page.html").write_text(
            page.replace("</head>", WATCH.replace("POINTS", str(points)), 1), encoding="utf-8"
        )
        done = subprocess.run(
            [
                browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                f"--user-data-dir={folder / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND",
                "--window-size=1280,900", "--enable-logging=stderr", "--v=0", "--virtual-time-budget=6000",
                "--dump-dom", (folder / "page.html").as_uri(),
            ],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        return done.stdout, done.stderr

    return dump


@pytest.fixture(scope="module", params=["en", "zh"])
def drawn(request, dumped, quarter_structure):
    page = page_html(quarter_structure, request.param)
    return page, *dumped(page)


def mark(document, name):
    found = re.search(rf'<html[^>]* data-{name}="([^"]*)"', document)
    return None if found is None else found[1]


def pictures(document):
    """What is inside every chart, by its key."""
    parts = re.split(r'<div class="chart" data-chart="', document)[1:]
    return {part.partition('"')[0]: part.partition("</svg>")[0] for part in parts}


def test_no_script_fails(drawn):
    _, document, said = drawn
    assert mark(document, "errors") == ""
    assert "CONSOLE" not in said


def test_nothing_is_fetched_or_refused(drawn):
    _, document, _ = drawn
    assert mark(document, "fetched") == ""
    assert mark(document, "refused") is None


def test_every_chart_is_drawn(drawn):
    page, document, _ = drawn
    wanted = re.findall(r'data-chart="([^"]+)"', page)
    found = pictures(document)
    assert sorted(found) == sorted(wanted)
    assert mark(document, "drawn") == str(len(wanted))
    assert [key for key, picture in found.items() if picture.count("<path") + picture.count("<rect") < 3] == []


def test_no_label_is_cut_by_the_edge_of_its_chart_or_lies_on_another(drawn):
    _, document, _ = drawn
    assert int(mark(document, "texts")) > 500
    assert mark(document, "cut") == ""
    assert mark(document, "over") == ""


def test_one_week_is_shown_and_all_are_there(drawn):
    _, document, _ = drawn
    assert document.count('class="week wide"') == 1
    assert document.count('class="week wide aside"') == 13


def test_texts_of_users_stay_texts_in_pictures_and_tooltips(dumped, quarter_structure):
    wicked = copy.deepcopy(quarter_structure)
    evil = "fn:tip <img src=x onerror=document.title=1>"
    plan = wicked["plans"][0]
    plan["channels"][1]["name"] = evil
    plan["windows"] = {evil if role == "cash" else role: open_ for role, open_ in plan["windows"].items()}
    wicked["plans"] = [plan]
    document, said = dumped(page_html(wicked, "en"), points=40)
    assert mark(document, "errors") == ""
    assert "CONSOLE" not in said
    assert "day-0" in mark(document, "told").split()
    assert "<img" not in document
