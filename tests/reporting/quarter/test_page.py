import copy
import json
import re

import pytest

pytest.importorskip("jinja2")

from optimizer.reporting.quarter.page import page_html

LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module")
def pages(quarter_structure):
    return {lang: page_html(quarter_structure, lang) for lang in LANGUAGES}


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])


def without_scripts(page):
    return re.sub(r"<script.*?</script>", "", page, flags=re.S)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_light(pages, lang):
    assert len(pages[lang].encode()) < 1_500_000


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_fetches_nothing(pages, lang):
    text = without_scripts(pages[lang])
    assert not re.search(r"(src|href|action)\s*=\s*[\"'](?!#|data:,)", text)
    assert not re.search(r"url\(|@import", text)
    assert "default-src 'none'" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_texts_of_users_cannot_become_markup(pages, lang):
    assert "<script>x</script>" not in pages[lang]
    assert "&lt;script&gt;x&lt;/script&gt;" in pages[lang]
    assert "<b>training</b>" not in pages[lang]


def test_data_of_the_charts_cannot_end_their_script(quarter_structure):
    wicked = copy.deepcopy(quarter_structure)
    wicked["people"][0]["name"] = "</script><script>x()"
    wicked["roster"] = [row for row in wicked["roster"] if row["person"] != "T01"]
    page = page_html(wicked, "en")
    assert data_of(page)["roster"]["people"][0] == "</script><script>x()"
    assert "<script>x()" not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_chart_has_its_place_and_its_words(pages, lang):
    places = re.findall(r'data-chart="([^"]+)" role="img" aria-label="([^"]+)"', pages[lang])
    assert sorted(key for key, _ in places) == sorted(data_of(pages[lang])["charts"])
    assert all(words.strip() for _, words in places)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_parts_that_a_run_lacks_leave_no_heading(bare_quarter_structure, lang):
    page = page_html(bare_quarter_structure, lang)
    for name in ("hiring", "why", "replan"):
        assert f'id="{name}"' not in page
    assert 'id="money"' in page
