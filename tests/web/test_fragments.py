"""Results as HTML: escaped, self-contained, for every verdict."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from uploads import encoded

from subband.forensics.judgement import Finding, Judgement, Trace
from subband.web.answer import answers
from subband.web.explorer import explore
from subband.web.fragments import answer_html, comparison_html, error_html, header_html, style, view_html

VOID = {"img", "br", "i"}


class Tags(HTMLParser):
    """Collects tags and attributes, and checks that they nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def tags(html: str) -> list[tuple[str, dict]]:
    parser = Tags()
    parser.feed(html)
    assert parser.open == []
    return parser.seen


@pytest.fixture(scope="module")
def answer(detector, noise):
    *_, last = answers(encoded(noise), "a.png", detector)
    return last


EVIL = "<script>alert(1)</script>\"'\x1b[31m\u202e$x^2$"


@pytest.mark.parametrize("verdict", ["real", "generated", "can't tell"])
def test_every_verdict_is_a_page_that_loads_nothing(answer, verdict):
    html = answer_html(replace(answer, judgement=replace(answer.judgement, verdict=verdict)))
    seen = tags(html)
    for tag, attributes in seen:
        assert tag not in ("script", "link", "iframe")
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("src", "href"):
                assert value.startswith("data:image/")
    assert verdict in html.replace("&#39;", "'")
    assert "alt" in next(attributes for tag, attributes in seen if tag == "img")


def test_text_of_others_is_escaped(answer):
    finding = Finding("generator metadata", "generated", "claimed", EVIL)
    trace = Trace("jpeg quality", EVIL, limits=True)
    opinion = replace(answer.judgement.opinion, detector=EVIL, knows=(EVIL,), source=EVIL, errors={EVIL: 0.5})
    html = answer_html(
        replace(answer, name=EVIL, judgement=Judgement("generated", EVIL, (finding,), (trace,), opinion))
    )
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 8
    assert "\x1b" not in html
    assert "\u202e" not in html
    tags(html)
    for said in (error_html(EVIL), header_html(None, EVIL)):
        assert "<script>" not in said
        tags(said)


def test_the_three_kinds_of_evidence_stand_apart(answer):
    finding = Finding("camera", "real", "claimed", "The file names a camera.")
    trace = Trace("resampling", "It was scaled.", limits=True)
    opinion = replace(answer.judgement.opinion, errors={"false alarms": 0.02})
    judgement = replace(answer.judgement, provenance=(finding,), traces=(trace,), opinion=opinion)
    html = answer_html(replace(answer, judgement=judgement))
    cards = r'<div class="sb-card">.*?</div>\s*(?=<div class="sb-card"|</section>)'
    file, history, detector = re.findall(cards, html, re.S)
    assert "The file names a camera." in file
    assert "claimed" in file
    assert "It was scaled." in history
    assert "limits the detector" in history
    assert "linear on packets" in detector
    assert "it knows gan, vae" in detector
    assert "false alarms 2 %" in detector


def test_no_probability_is_certain(answer):
    opinion = replace(answer.judgement.opinion, probability_generated=1.0)
    html = answer_html(replace(answer, judgement=replace(answer.judgement, opinion=opinion)))
    assert "&gt;99.9 %" in html
    assert "100.0 %" not in html


def test_while_it_waits_there_are_no_figures(answer):
    html = answer_html(replace(answer, explanation=None), waiting=True)
    assert "Looking for" in html
    assert "sb-figure" not in html
    html = answer_html(replace(answer, explanation=None, lacks="no net"))
    assert "No net." in html
    assert html.count('class="sb-figure"') == 1  # the spectrum needs no detector


def test_pictures_on_the_page_are_reduced(answer, noise):
    (picture,) = re.findall(r'src="data:image/jpeg;base64,([^"]+)" alt="the picture"', answer_html(answer))
    assert base64.b64decode(picture)[:2] == b"\xff\xd8"


def test_a_comparison_and_a_view_nest(answer, noise):
    tags(comparison_html(answer, None, {}))
    tags(comparison_html(None, answer, {}))
    html = view_html(explore(noise, "db2", 2, 3, 1), "Your picture")
    assert "vertical 0.375 to 0.500, horizontal 0.125 to 0.250 cycles per pixel" in " ".join(html.split())
    tags(html)


def test_the_style_sheet_loads_nothing():
    assert "url(" not in style()
    assert "@import" not in style()
