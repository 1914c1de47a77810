"""Common Voice's archive and its tables."""

import csv
from collections import Counter

from by_hand import lines, opened, publish, sound, spoken

RELEASE = "cv-corpus-23.0-2025-09-05"
BELOW = f"{RELEASE}-zh-CN.tar.gz/{RELEASE}/zh-CN"


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(lines(content), delimiter="\t", quoting=csv.QUOTE_NONE))


def test_it_has_all_tables_of_a_release_and_a_clip_an_utterance() -> None:
    tree = opened(publish("commonvoice_zh"))
    names = {name.removeprefix(f"{BELOW}/") for name in tree if name.startswith(BELOW)}
    clips = {name for name in names if name.startswith("clips/common_voice_zh-CN_")}
    assert len(clips) == 6 and {name[-4:] for name in clips} == {".mp3"}
    assert names - clips == {
        f"{table}.tsv"
        for table in (
            *("train", "dev", "test", "validated", "invalidated", "other", "reported"),
            *("clip_durations", "validated_sentences", "unvalidated_sentences"),
        )
    }
    kind, _, rate, _ = sound(tree[f"{BELOW}/{min(clips)}"])
    assert (kind, rate) == ("MP3", 32_000)


def test_a_row_names_clip_contributor_sentence_and_locale() -> None:
    tree = opened(publish("commonvoice_zh"))
    (row,) = rows(tree[f"{BELOW}/dev.tsv"])
    assert list(row) == [
        *("client_id", "path", "sentence_id", "sentence", "sentence_domain", "up_votes"),
        *("down_votes", "age", "gender", "accents", "variant", "locale", "segment"),
    ]
    assert f"{BELOW}/clips/{row['path']}" in tree
    assert (row["sentence"], row["locale"]) == ("今天看见。", "zh-CN")
    assert (len(row["client_id"]), len(row["sentence_id"])) == (128, 64)
    first, second = rows(tree[f"{BELOW}/test.tsv"])
    assert first["sentence_id"] == second["sentence_id"] != row["sentence_id"]
    assert first["client_id"] != second["client_id"]


def test_the_durations_are_those_of_the_clips() -> None:
    tree = opened(publish("commonvoice_zh"))
    stated = {
        row["clip"]: int(row["duration[ms]"]) for row in rows(tree[f"{BELOW}/clip_durations.tsv"])
    }
    clips = {name.rsplit("/", 1)[1]: tree[name] for name in tree if name.endswith(".mp3")}
    assert stated == {name: round(1000 * sound(clip)[3]) for name, clip in clips.items()}


def test_what_is_validated_is_what_the_three_parts_hold() -> None:
    tree = opened(publish("commonvoice_zh"))
    parts = [row for part in ("train", "dev", "test") for row in rows(tree[f"{BELOW}/{part}.tsv"])]
    validated = rows(tree[f"{BELOW}/validated.tsv"])
    texts = [one.text for one in spoken("commonvoice_zh")]
    assert sorted(map(str, parts)) == sorted(map(str, validated))
    assert sorted(row["sentence"] for row in parts) == sorted(texts)
    sentences = rows(tree[f"{BELOW}/validated_sentences.tsv"])
    counts = {row["sentence"]: int(row["clips_count"]) for row in sentences}
    assert counts == Counter(texts) and counts["明天打开小。"] == 2
