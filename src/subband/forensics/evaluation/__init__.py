"""Evaluation of detectors on pictures they have not seen.

conditions  what happens to pictures on the web: JPEG, WebP, scaling, cropping, blur, noise, screenshots
pictures    photographs by source, generated pictures by generator
answers     scores, probabilities and verdicts of any detector, "can't tell" among them
measures    scores of a set of answers, with intervals by photograph
evaluate    one pass over the pictures: every condition, every detector
audit       copies between folds and formats of files, before a training
control     what a classifier achieves that sees the format of the files only
scores      scores with intervals by photograph
cross       detectors trained on one generator, on all, on all but one; each tested on every generator
bands       which accuracy survives without each band
results     what was found, as data
"""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.forensics.evaluation.answers import Answer, Answers, Judge, answer_of, ask
    from subband.forensics.evaluation.bands import ablate
    from subband.forensics.evaluation.conditions import AS_IS, FAMILIES, Condition, conditions_of
    from subband.forensics.evaluation.cross import ALL, OTHERS, CrossTable, cross_generators, trainer
    from subband.forensics.evaluation.evaluate import EvaluationSettings, card_of, evaluate_detectors
    from subband.forensics.evaluation.measures import SCORES, Labelled, measure, minimum
    from subband.forensics.evaluation.pictures import Place, Sample, Specs, places, samples
    from subband.forensics.evaluation.results import (
        Card,
        ConditionRow,
        DetectorResult,
        Evaluation,
        Photographs,
    )

__all__ = [
    "ALL",
    "AS_IS",
    "FAMILIES",
    "OTHERS",
    "SCORES",
    "Answer",
    "Answers",
    "Card",
    "Condition",
    "ConditionRow",
    "CrossTable",
    "DetectorResult",
    "Evaluation",
    "EvaluationSettings",
    "Judge",
    "Labelled",
    "Photographs",
    "Place",
    "Sample",
    "Specs",
    "ablate",
    "answer_of",
    "ask",
    "card_of",
    "conditions_of",
    "cross_generators",
    "evaluate_detectors",
    "measure",
    "minimum",
    "places",
    "samples",
    "trainer",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "answers": "Answer Answers Judge answer_of ask",
        "bands": "ablate",
        "conditions": "AS_IS FAMILIES Condition conditions_of",
        "cross": "ALL OTHERS CrossTable cross_generators trainer",
        "evaluate": "EvaluationSettings card_of evaluate_detectors",
        "measures": "SCORES Labelled measure minimum",
        "pictures": "Place Sample Specs places samples",
        "results": "Card ConditionRow DetectorResult Evaluation Photographs",
    },
)
