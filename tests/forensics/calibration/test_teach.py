"""Which generator, one that is unknown, and one that is taught later."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic import GENERATORS, SIZE, photographs, without

from subband.errors import CheckpointError, InvalidInput
from subband.forensics import Detector, taught
from subband.forensics.abstention.reference import unusualness
from subband.forensics.calibration.freeze import verdicts_of
from subband.forensics.networks.measured import measured_pictures
from subband.metrics import auroc


def measured(detector, name, n=100, seed=900):
    make = photographs if name == "real" else GENERATORS[name]
    return measured_pictures(detector, ((pixels, 0) for pixels in make(n, seed)))


def apart(detector, name, n=100):
    """How little pictures resemble any known generator, (n,)."""
    found = measured(detector, name, n)
    reference = detector.reference
    u = reference.coordinates(found.features)
    return found.mean(
        unusualness(reference.generated(), detector.config.abstention.unknown, u, found.logits[:, 1:])
    )


@pytest.mark.slow
def test_an_unknown_generator_is_told_from_known_ones():
    """Leave one generator out: AUROC of the score between its pictures and new ones of the known generators."""
    found = {}
    for name in GENERATORS:
        detector = without(name)
        known = np.concatenate([apart(detector, other, 40) for other in GENERATORS if other != name])
        unknown = apart(detector, name)
        truth = np.r_[np.zeros(len(known)), np.ones(len(unknown))].astype(int)
        found[name] = float(auroc(truth, np.r_[known, unknown]))
    assert np.mean(list(found.values())) >= 0.8, found


@pytest.mark.slow
def test_known_generators_are_named():
    detector = without("coded")
    right = [
        detector.judge(pixels, guarded=False, stable=False).source == name
        for name in detector.config.classes[1:]
        for pixels in GENERATORS[name](25, 950)
    ]
    assert np.mean(right) > 0.75


@pytest.mark.slow
def test_few_known_pictures_are_called_unknown():
    """At the stated rate of 5 % of generated pictures."""
    for detector in (without("coded"), without("enlarged")):
        rates = [
            detector.reference.stranger(float(value)) < detector.config.abstention.least_known
            for name in detector.config.classes[1:]
            for value in apart(detector, name, 50)
        ]
        assert np.mean(rates) < 0.12


@pytest.mark.slow
def test_a_taught_generator_is_named_and_what_was_known_stays(tmp_path):
    before = without("enlarged")
    after = taught(before, "enlarged", GENERATORS["enlarged"](240, 700), source="a folder")
    assert after.ruling.classes == (*before.ruling.classes, "enlarged")
    assert after.config.history[-1]["what"] == "teach"
    assert after.config.history[-1]["before"]["errors"] == before.config.abstention.errors

    old_classes = len(before.config.classes)
    for name in ("real", *before.config.classes[1:]):
        one, other = measured(before, name, 30), measured(after, name, 30)
        np.testing.assert_array_equal(one.logits, other.logits)
        for k in range(30):
            p, q = (
                np.array(list(d.ruling.opinion(m.logits[k : k + 1], m.features[k : k + 1]).sources.values()))
                for d, m in ((before, one), (after, other))
            )
            # Odds among the classes of before are the same; the new class takes its share of the rest.
            np.testing.assert_allclose(q[:old_classes] / q[:old_classes].sum(), p, rtol=1e-9, atol=1e-300)
    np.testing.assert_array_equal(after.reference.means[:old_classes], before.reference.means)

    named = [after.judge(p, guarded=False, stable=False).source for p in GENERATORS["enlarged"](60, 701)]
    assert np.mean([source == "enlarged" for source in named]) > 0.6
    calls = verdicts_of(after.ruling, measured(after, "real", 200))
    assert calls.count("generated") <= 12  # 2 % stated; the bound for 96 calibration photographs is 5 %

    after.save(tmp_path)
    again = Detector.load(tmp_path)
    picture = GENERATORS["enlarged"](1, 702)[0]
    one, other = (d.judge(picture, guarded=False) for d in (after, again))
    assert one.source == other.source
    assert one.probability_generated == pytest.approx(other.probability_generated, abs=1e-4)


def test_what_cannot_be_taught():
    detector = without("coded")
    pictures = GENERATORS["coded"](60, 3)
    for name in ("real", "unknown", "doubled", ""):
        with pytest.raises(InvalidInput, match="taken or empty"):
            taught(detector, name, pictures)
    with pytest.raises(InvalidInput, match="12 pictures are too few"):
        taught(detector, "coded", pictures[:12])
    with pytest.raises(InvalidInput, match="at least 32×32"):
        taught(detector, "coded", pictures[:, :8])
    plain = Detector(detector.classifier, replace(detector.config, abstention=None))
    with pytest.raises(CheckpointError, match="without calibration"):
        taught(plain, "coded", pictures)
    assert SIZE == 32
