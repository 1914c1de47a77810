"""The items of two checklists, and who answers each.

ACL: the Responsible NLP Research checklist of ACL Rolling Review. NeurIPS: its Paper Checklist.
Both are told here in our own words; take the wording of your venue's form.
"""

from collections.abc import Callable
from dataclasses import dataclass

from plion.report.answers.answer import Answer
from plion.report.answers.certainty import answer_certainty
from plion.report.answers.corpora import answer_data, answer_exclusions
from plion.report.answers.design import answer_design
from plion.report.answers.failures import answer_failures
from plion.report.answers.resources import answer_resources, answer_sizes
from plion.report.answers.scores import answer_scores
from plion.report.answers.settings import answer_settings
from plion.report.answers.software import answer_software
from plion.report.records.facts import Facts


@dataclass(frozen=True)
class Item:
    """A question that records answer; `asked`: the items of the checklists that ask it."""

    question: str
    asked: str
    answer: Callable[[Facts], Answer]


ITEMS = (
    Item("What was compared, on how many seeds?", "ACL C2, C3; NeurIPS 4, 6", answer_design),
    Item("Which settings, and how were they chosen?", "ACL C2; NeurIPS 6", answer_settings),
    Item("What were the errors in validation and in test?", "ACL C2, C3; NeurIPS 6", answer_scores),
    Item("How certain are the differences?", "ACL C3; NeurIPS 7", answer_certainty),
    Item("How large are the models?", "ACL C1", answer_sizes),
    Item("On what hardware, for how long, at what cost?", "ACL C1; NeurIPS 8", answer_resources),
    Item("Which data, under which licences?", "ACL B2, B6; NeurIPS 12", answer_data),
    Item("What was left out of the data?", "ACL B6; NeurIPS 6", answer_exclusions),
    Item("What failed?", "ACL C3; NeurIPS 8", answer_failures),
    Item("Which code, packages and normalisation?", "ACL C4; NeurIPS 4, 5", answer_software),
)

YOURS = (
    ("the limitations of the work", "ACL A1; NeurIPS 2"),
    ("its risks and its impact on society", "ACL A2; NeurIPS 9, 10, 11"),
    ("whether abstract and introduction claim what was shown", "NeurIPS 1"),
    ("proofs, if there is theory", "NeurIPS 3"),
    ("who is cited for models, corpora and code", "ACL B1; NeurIPS 12"),
    ("whether the use of the corpora is the one intended", "ACL B3"),
    ("whether recordings name people or offend, and what was done about it", "ACL B4"),
    ("the domains and speakers that the corpora cover", "ACL B5"),
    ("why these values of the settings that were not searched", "ACL C2; NeurIPS 6"),
    ("experiments made before this study, and their cost", "NeurIPS 8"),
    ("where data, code and weights are published", "NeurIPS 5, 13"),
    ("annotators and participants: instructions, pay, consent, review", "ACL D; NeurIPS 14, 15"),
    ("the use of AI assistants", "ACL E; NeurIPS 16"),
)
"""What no run can know, and which items ask it."""
