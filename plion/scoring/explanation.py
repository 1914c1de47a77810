"""How one utterance is scored, step by step: what `plion score --explain ID` prints."""

from collections.abc import Iterator, Sequence

import jiwer
import regex

from plion.data.utterance import Utterance
from plion.errors import InputError, printable, suggest
from plion.scoring.hypotheses import Matched, Transcribed
from plion.text.metrics import METRICS
from plion.text.normalize import explain, resolve_profile, sentence
from plion.text.profiles import PROFILES

_UNSEEN = regex.compile(r"[\p{Cc}\p{Cf}\p{Cs}\p{Variation_Selector}\u00a0\u3000]")
_SAME = "="  # printed for a text that a step leaves unchanged
_EDITS = {"substitute": "substituted", "delete": "deleted", "insert": "inserted"}


def explanation(matched: Matched, id: str, profile: str) -> str:
    """Both texts of an utterance after every step of normalisation, then the errors counted.

    An id that is in several benchmarks is explained in each. Raises InputError, suggesting the
    nearest id, if no benchmark has it.
    """
    parts = [
        _explained(one, utterance, text, resolve_profile(profile))
        for one in matched.sets
        for utterance, text in zip(one.utterances, one.texts, strict=True)
        if utterance.id == id
    ]
    if not parts:
        known = [utterance.id for one in matched.sets for utterance in one.utterances]
        near = suggest(id, known)
        raise InputError(f"no utterance '{id}' {near if len(near) < 100 else ''}".rstrip())
    return printable("\n\n".join(parts))


def _explained(one: Transcribed, utterance: Utterance, text: str, profile: str) -> str:
    language, metric = one.language, one.language.metric
    title = f"{one.key} {utterance.id}: {language.name}, {metric.upper()}, profile {profile}"
    reference = explain(utterance.text, language, profile)
    hypothesis = explain(text, language, profile)
    lines = [title, "", *_step("given", utterance.text, text)]
    before = utterance.text, text
    for (name, wanted), (_, said) in zip(reference, hypothesis, strict=True):
        lines += _step(
            name,
            wanted if wanted != before[0] else None,
            said if said != before[1] else None,
        )
        before = wanted, said
    if utterance.id in one.missing:
        lines.append("There is no hypothesis: it is scored as an empty one.")
    if remark := PROFILES[profile].remark(language):
        lines.append(sentence(remark))
    if not before[0] and PROFILES[profile].drops_empty:
        return "\n".join([*lines, "The normalised reference is empty: not scored."])
    reference_tokens, hypothesis_tokens = map(METRICS[metric].tokens, before)
    return "\n".join([*lines, *_errors(reference_tokens, hypothesis_tokens)])


def _step(name: str, reference: str | None, hypothesis: str | None) -> list[str]:
    shown = [_SAME if text is None else _visible(text) for text in (reference, hypothesis)]
    return [name, f"  reference   {shown[0]}", f"  hypothesis  {shown[1]}"]


def _errors(reference: Sequence[str], hypothesis: Sequence[str]) -> Iterator[str]:
    aligned = jiwer.process_words([" ".join(reference)], [" ".join(hypothesis)])
    number = "1 token" if len(reference) == 1 else f"{len(reference)} tokens"
    yield (
        f"{number}: {aligned.substitutions} substituted, {aligned.deletions} "
        f"deleted, {aligned.insertions} inserted"
    )
    for chunk in aligned.alignments[0]:
        if chunk.type == "equal":
            continue
        wanted = " ".join(reference[chunk.ref_start_idx : chunk.ref_end_idx])
        said = " ".join(hypothesis[chunk.hyp_start_idx : chunk.hyp_end_idx])
        yield f"  {_EDITS[chunk.type]}: {' -> '.join(filter(None, (wanted, said)))}"


def _visible(text: str) -> str:
    """Text with invisible characters replaced by their code points, `<U+200B>`."""
    return _UNSEEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", text) or "(empty)"
