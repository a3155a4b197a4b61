"""The report stands on its own, says what results.json says, and is loud when it must be."""

import re
from html.parser import HTMLParser

import pytest

from subband.lab.figures import READINGS, place
from subband.lab.page import render
from subband.lab.record import table
from subband.lab.verdict import alerts, headline


class Reader(HTMLParser):
    """Collects text by element, and every address the page refers to."""

    VOID = frozenset({"meta", "img", "br", "link", "input"})

    def __init__(self):
        super().__init__()
        self.open, self.text, self.addresses = [], [], []

    def handle_starttag(self, tag, attrs):
        self.addresses += [value for key, value in attrs if key in ("src", "href", "srcset")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "title"):
            self.text.append(data)


def read(html):
    reader = Reader()
    reader.feed(html)
    assert reader.open == [], "every element is closed"
    return reader, re.sub(r"\s+", " ", " ".join(reader.text))


def test_the_page_needs_nothing_else(results, panels):
    html = render(results, panels)
    reader, _ = read(html)
    assert len(reader.addresses) == len(READINGS)
    assert all(address.startswith("data:image/png;base64,") for address in reader.addresses)
    assert not re.search(r"<script|<link|@import|url\(|https?://", html)


def test_every_number_of_the_table_is_in_the_results(results, panels):
    _, text = read(render(results, panels))
    for group, accuracy in (("detectors", "balanced_accuracy"), ("controls", "accuracy")):
        for row in results["figures"][group].values():
            for value in (row[accuracy], row["auroc"]):
                low, high = value["interval"]
                assert f"{100 * value['mean']:.1f} ± 0.4" in text
                assert f"{100 * low:.1f} to {100 * high:.1f}" in text


def test_figures_are_numbered_in_order_and_refer_to_each_other(panels):
    placed = place(reversed(panels))
    assert list(placed) == list(READINGS)
    assert [panel.number for panel in placed.values()] == list(range(1, len(READINGS) + 1))
    assert f"Figure {placed['packet-maps'].number}." in placed["packet-curves"].reading
    assert not any("{" in panel.reading for panel in placed.values())
    few = place([panel for panel in panels if panel.key == "confusion"])
    assert few["confusion"].number == 1


def test_what_a_reader_must_know_is_there(results, panels):
    _, text = read(render(results, panels))
    for phrase in (
        "subband lab --real 'my photos'",
        "<broken>.png",
        "the file is empty",
        "5, 3 per detector",
        "2.13.0",
        "12.3 s",
        "crop 64×64 → PNG",
        "1000 PNG, 100 JPEG",
        "108 986",
        "--model runs/lab-1/detector",
        "named the right one for 92.1 %",
        "guessing gives 33 %",
    ):
        assert phrase in text, phrase


def test_a_quiet_run_has_no_alert(results):
    assert alerts(results) == []


def test_a_format_that_gives_the_classes_away_is_shouted(results, panels):
    stored = results["figures"]["controls"]["stored"]
    stored["at_chance"], stored["accuracy"]["mean"] = False, 0.88
    html = render(results, panels)
    assert [alert.level for alert in alerts(results)] == ["red"]
    assert 'class="alert red"' in html
    assert "Do not trust the table" in html
    assert "88.0 %" in alerts(results)[0].text
    assert headline(results["figures"]).claim == "No verdict: the file format alone gives the classes away"
    assert 'class="control failed"' in html


def test_too_few_photographs_for_an_interval_give_no_verdict(results, panels):
    figures = results["figures"]
    figures["controls"]["stored"]["at_chance"] = None
    rows = [*figures["detectors"].values(), *figures["controls"].values(), figures["attribution"]]
    for found in (found for row in rows for found in row.values() if isinstance(found, dict)):
        found.pop("interval", None)
    html = render(results, panels)
    assert [alert.level for alert in alerts(results)] == ["red"]
    assert "too few photographs to check it" in html
    assert headline(figures).claim == "No verdict: too few held-out photographs for an interval"
    assert 'class="control failed"' not in html
    assert "undecided" in table(results)
    assert "at chance, as it must be" not in table(results)


def test_files_that_differ_as_delivered_are_only_amber(results, panels):
    results["figures"]["controls"]["delivered"]["at_chance"] = False
    html = render(results, panels)
    assert [alert.level for alert in alerts(results)] == ["amber"]
    assert 'class="control failed"' not in html
    assert headline(results["figures"]).claim.startswith("Photographs can be told")


def test_the_kept_detector_is_told_from_the_one_with_the_highest_score(results, panels):
    """The bold row, the headline and the confusion matrix are about one detector, and the table says which."""
    figures = results["figures"]
    figures["kept"]["detector"] = "CNN on pixels"  # 90.2 %, against 97.3 %
    lead = headline(figures)
    assert "The detector that is kept, the CNN on pixels" in lead.support[0]
    assert "90.2 %" in lead.support[0]
    assert "The CNN on packets has the highest score, 97.3 %, but is not kept" in lead.support[0]
    html = render(results, panels)
    (bold,) = re.findall(r'<tr class="best"><th scope="row">(.*?)</th>', html)
    assert bold == 'CNN on pixels<span class="tag">kept</span>'
    assert '>CNN on packets<span class="tag">highest score</span>' in html
    lines = {line.split("  ")[0]: line for line in table(results).splitlines()}
    assert lines["CNN on pixels"].endswith("   kept")
    assert lines["CNN on packets"].endswith("   highest score")


def test_of_two_highest_scores_the_kept_one_is_named(results):
    figures = results["figures"]
    figures["kept"]["detector"] = "CNN on pixels"
    figures["detectors"]["CNN on pixels"] = figures["detectors"]["CNN on packets"]
    assert "highest score" not in headline(figures).support[0]


def test_nothing_is_compared_where_nothing_is_claimed(results):
    results["figures"]["sources"]["real"]["test_pictures"] = 2
    assert not any("wavelet packets than" in sentence for sentence in headline(results["figures"]).support)


def test_one_detector_may_be_both(results):
    assert "   kept, highest score" in table(results)
    assert "not kept" not in headline(results["figures"]).support[0]


def levelled(mean, half):
    return {
        "detector": "CNN on packets",
        "accuracy": {"mean": mean, "std": 0.0, "seeds": [mean], "interval": [mean - half, mean + half]},
        "auroc": {"mean": mean, "std": 0.0, "seeds": [mean], "interval": [mean - half, mean + half]},
        "above_chance": mean - half > 0.5,
    }


def test_a_difference_of_compression_alone_is_no_claim(results, panels):
    figures = results["figures"]
    figures["controls"]["delivered"]["at_chance"] = False
    figures["compression"] = {"differs": True, "history": "JPEG quality 75", "levelled": levelled(0.51, 0.03)}
    claim = headline(figures).claim
    assert claim.startswith("No verdict: the files of the classes were compressed differently")
    assert "was right on 51.0 %" in headline(figures).support[1]
    assert [alert.level for alert in alerts(results)] == ["red"]
    assert "Do not trust the table: the classes were compressed differently." in render(results, panels)
    said = table(results)
    assert claim in said
    assert "WARNING: Do not trust the table" in said
    assert "can be told" not in said


def test_an_unchecked_difference_of_compression_is_no_claim_either(results):
    results["figures"]["compression"] = {"differs": True, "history": None, "levelled": None}
    assert headline(results["figures"]).claim.startswith("No verdict")


def test_what_outlives_a_common_compression_is_claimed_at_its_own_accuracy(results):
    results["figures"]["controls"]["delivered"]["at_chance"] = False
    found = {"differs": True, "history": "JPEG quality 75", "levelled": levelled(0.8, 0.03)}
    results["figures"]["compression"] = found
    lead = headline(results["figures"])
    assert lead.claim == "Photographs can be told from images by gan and vae, more than three times in four"
    assert "JPEG quality 75" in lead.support[1]
    assert [alert.level for alert in alerts(results)] == ["amber"]


def test_pictures_that_are_on_both_sides(results):
    source = results["figures"]["sources"]["gan"]
    source["copies"] = {"equal": 3, "alike": 0}
    (alert,) = alerts(results)
    assert (alert.level, "gan: 3 of 140 pictures" in alert.text) == ("red", True)
    assert headline(results["figures"]).claim.startswith("Photographs can be told")
    source["copies"] = {"equal": 70, "alike": 0}
    assert (
        headline(results["figures"]).claim == "No verdict: the images of gan are the photographs themselves"
    )
    source["copies"] = {"equal": 0, "alike": 100}
    (alert,) = alerts(results)
    assert (alert.level, "100 of 140 pictures" in alert.text) == ("amber", True)


@pytest.mark.parametrize(("pictures", "level"), [(4, "amber"), (29, "note")])
def test_a_handful_of_photographs(results, pictures, level):
    results["figures"]["sources"]["real"]["test_pictures"] = pictures
    (alert,) = alerts(results)
    assert alert.level == level
    assert f"real has {pictures}" in alert.text
    refused = headline(results["figures"]).claim.startswith("No verdict: too few held-out photographs")
    assert refused is (pictures < 5)


def test_copies_of_real_images_are_red(results):
    results["figures"]["sources"]["gan"]["equal_to_real"] = 7
    (alert,) = alerts(results)
    assert (alert.level, "gan: 7 crops" in alert.text) == ("red", True)


@pytest.mark.parametrize(
    ("accuracy", "half", "words"),
    [
        (0.999, 0.001, "gan and vae, nearly always"),
        (0.93, 0.02, "more than nine times in ten"),
        (0.8, 0.02, "more than three times in four"),
        (0.6, 0.02, "60 % of the time"),
        (0.51, 0.02, "could not be told from images by gan and vae"),
    ],
)
def test_the_headline_is_as_strong_as_the_numbers(results, accuracy, half, words):
    del results["figures"]["detectors"]["CNN on pixels"]
    best = results["figures"]["detectors"]["CNN on packets"]["balanced_accuracy"]
    best["mean"], best["interval"] = accuracy, [accuracy - half, accuracy + half]
    assert words in headline(results["figures"]).claim


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        ((0.902, 0.01), "better on wavelet packets than on pixels"),
        ((0.999, 0.01), "better on pixels than"),
        ((0.97, 0.01), "equally useful"),
        ((0.7, 0.28), "too few to say"),
    ],
)
def test_packets_are_compared_with_pixels_by_intervals(results, pixels, words):
    row = results["figures"]["detectors"]["CNN on pixels"]["balanced_accuracy"]
    mean, half = pixels
    row["mean"], row["interval"] = mean, [mean - half, mean + half]
    assert words in headline(results["figures"]).support[1]


def test_an_interrupted_run_reports_what_it_has(results, panels):
    results["interrupted"] = "training the vae"
    for part in ("detectors", "controls", "attribution"):
        del results["figures"][part]
    html = render(results, [panel for panel in panels if panel.key == "samples"])
    _, text = read(html)
    assert "stopped before a detector was finished" in text
    assert "training the vae" in text
    assert "Real against generated" not in text
    assert "Table 2" in text


def test_a_long_list_of_skipped_files_is_cut(results, panels):
    item = results["figures"]["skipped"][0]
    results["figures"]["skipped"] = [item | {"name": f"{k}.png"} for k in range(100)]
    _, text = read(render(results, panels))
    assert "39.png" in text
    assert "40.png" not in text
    assert "and 60 more" in text


def test_images_that_were_drawn_here_were_never_files(results, panels):
    results["settings"]["generated"] = {}
    results["figures"]["controls"]["delivered"]["at_chance"] = False
    _, text = read(render(results, panels))
    assert "as delivered" not in text.lower()
    assert [alert.level for alert in alerts(results)] == ["note"]
    assert "trained here" in text


def test_odd_names_do_no_harm(results, panels):
    results["figures"]["skipped"] = [
        {"source": "real", "name": "<b>\u202e\n.png", "reason": "no\x1b[31m image"},
        {"source": "real", "name": r"caf\xe9.png", "name_base64": "Y2Fm6S5wbmc=", "reason": "x"},
    ]
    results["folder"] = "my runs/lab-1"
    results["command"] = "subband lab --real $'caf\\xe9'"
    page = render(results, panels)
    assert r"<code>&lt;b&gt;\u202e\n.png</code>" in page
    assert r"no\x1b[31m image" in page
    assert r"<code>caf\xe9.png</code>" in page
    assert "--model &#39;my runs/lab-1/detector&#39;" in page
    assert "subband lab --real $&#39;caf\\xe9&#39;" in page
    page.encode()
