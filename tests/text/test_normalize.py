import unicodedata

import pytest

from plion.errors import InputError
from plion.scoring.counts import count
from plion.text.normalize import explain, normalize, profile_steps, resolve_profile, spelled
from plion.text.profiles import PROFILES
from plion.text.shipped import SHIPPED
from plion.text.steps import LOOK_ALIKES, RADICALS

EN, ZH, TA = (SHIPPED[key] for key in ("en", "zh", "ta"))

ENGLISH = [
    ("CONCORD RETURNED TO ITS PLACE", "concord returned to its place"),
    ("Don\u2019t, can\u2018t; won\u02bct", "don't can't won't"),
    ("'tis the dogs' o'clock", "tis the dogs o'clock"),
    ("the 1960's", "the 1960's"),
    ("she said \u2018go\u2019 twice", "she said go twice"),
    ("twenty-one \u2013 no\u2014twenty_two", "twenty one no twenty two"),
    ("2.5 % of $1,000", "2 5 of 1 000"),
    ("ok [lah] we go there or not ah", "ok lah we go there or not ah"),
    ("caf\u0065\u0301", "caf\u00e9"),
    ("co\u00adop\u200derate\ufeff", "cooperate"),
    ("two\u200bwords", "two words"),
    ("\uff28\uff45\uff4c\uff4c\uff4f\u3000\uff11", "hello 1"),
    ("good \u2764\ufe0f day", "good day"),
    (" a\tb\n c\u00a0d ", "a b c d"),
    ("", ""),
    ("?!", ""),
]
MALAY = [
    ("Kanak-kanak berlari.", "kanak kanak berlari"),
    ("kanak\u2010kanak", "kanak kanak"),
    ("Al-Qur\u2019an, Jum'at", "al qur'an jum'at"),
    ("rumah2 ke-2", "rumah2 ke 2"),
    ("\u201cSelamat pagi,\u201d katanya", "selamat pagi katanya"),
]
TAMIL = [
    ("தமிழ் மொழியில் பேசுகிறேன்", "தமிழ் மொழியில் பேசுகிறேன்"),
    ("நேரம்: 5", "நேரம் 5"),
    ("அஃது", "அஃது"),
    ("க\u0bc6\u0bbe", "க\u0bca"),
    ("க\u0bc7\u0bbe", "க\u0bcb"),
    ("க\u200d்\u200cஷ", "க்ஷ"),
    ("ஒ\u200cௗ", normalize("ஔ", TA)),
    ("ஔவையார்", normalize("ஒளவையார்", TA)),
    ("கௌரவம்", normalize("கெளரவம்", TA)),
    ("ஸ்ரீ ராமன்", normalize("ஶ்ரீ ராமன்", TA)),
    ("ஒளி வெள்ளி கெளுத்தி", "ஒளி வெள்ளி கெளுத்தி"),
    ("“நன்றி”-வணக்கம்…", "நன்றி வணக்கம்"),
]
MANDARIN = [
    ("而 对 楼市 成交 抑制 作用", "而对楼市成交抑制作用"),
    ("你好，世界！“今天”。", "你好世界今天"),
    ("\uff21\uff22\uff23\u3000\uff11\uff12\uff13", "abc 123"),
    ("我 爱 Hello World 你 们", "我爱 hello world 你们"),
    ("一、二；三", "一二三"),
    ("二〇二六 人 々", "二〇二六人々"),
    ("100\uff05 \uff0b", "100"),
    ("\ufa0a", "\u89c1"),
    ("漢字 與 電腦", "汉字与电脑"),
    ("乾 坤 與 乾 燥", "干坤与干燥"),
    ("\u2f08\u2f63\u5f88\u2ed3", "\u4eba\u751f\u5f88\u957f"),  # radicals
    ("\u3281\u32c0 \U0001f21a", "二1月无"),
    ("half a \ud83d character", "half a \ufffd character"),
]
TRAPS = [
    (language, text, expected)
    for language, table in (("en", ENGLISH), ("ms", MALAY), ("ta", TAMIL), ("zh", MANDARIN))
    for text, expected in table
]


@pytest.mark.parametrize(("language", "text", "expected"), TRAPS)
def test_strict_compares_what_is_heard(language, text, expected):
    assert normalize(text, SHIPPED[language]) == expected


def test_no_look_alike_is_left_after_it_was_unified():
    text = normalize(" ".join(LOOK_ALIKES), TA)
    assert not any(sequence in text for sequence in LOOK_ALIKES)


def test_every_tamil_mark_survives_on_a_letter():
    marks = [
        chr(code) for code in range(0x0B80, 0x0C00) if unicodedata.category(chr(code))[0] == "M"
    ]
    words = ["க" + mark for mark in marks]
    kept = [word for word in words if len(normalize(word, TA).split()) == 1]
    assert len(marks) == 14
    assert kept == words


@pytest.mark.parametrize("language", ["en", "zh", "ta", "ms"])
def test_normalising_twice_changes_nothing(language):
    # Every alphabet, and the compatibility forms at the end of the plane.
    characters = map(chr, [*range(0x3100), *range(0xF900, 0x10000)])
    once = [normalize(f"a{character}b", SHIPPED[language]) for character in characters]
    assert [normalize(text, SHIPPED[language]) for text in once] == once


@pytest.mark.parametrize("language", ["en", "zh", "ta", "ms"])
def test_raw_joins_whitespace_and_nothing_else(language):
    assert (
        normalize(" Don\u2019t,\tSTOP 你 好 ", SHIPPED[language], "raw") == "Don\u2019t, STOP 你 好"
    )


def test_the_first_strict_leaves_traditional_characters():
    assert normalize("漢字 與 电脑", ZH, "strict-1") == "漢字與电脑"


@pytest.mark.parametrize(
    ("language", "text"),
    [(language, text) for language, text, _ in TRAPS if language != "zh"],
)
def test_strict_has_not_changed_but_in_mandarin(language, text):
    made = {normalize(text, SHIPPED[language], f"strict-{version}") for version in (1, 2, 3)}
    assert len(made) == 1


def test_the_second_strict_looks_at_neighbours_and_drops_radicals():
    assert normalize("乾 坤 與 乾 燥", ZH, "strict-2") == "乾坤与干燥"
    assert normalize("\u2f08生", ZH, "strict-2") == "生"


def test_one_wrong_character_is_one_error():
    for reference, said in (
        ("乾坤", "乾神"),
        ("一目瞭然", "一目瞭燃"),
        ("藉口", "藉扣"),
        ("计畫", "记畫"),
    ):
        errors = count([reference], [said], ZH, "cer").pooled().errors
        assert errors == 1, (reference, said)


def test_every_han_character_is_simplified_by_itself_to_one_that_stays():
    characters = [chr(code) for code in [*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000)]]
    made = [normalize(character, ZH) for character in characters]
    assert [len(one) for one in made] == [1] * len(made)
    assert [normalize(one, ZH) for one in made] == made
    assert normalize("".join(characters), ZH) == "".join(made)


def test_radicals_are_the_characters_that_they_are_named_after():
    assert all(unicodedata.name(radical).startswith("CJK RADICAL") for radical in RADICALS)
    assert len(set(RADICALS.values())) == len(RADICALS)
    for radical in map(chr, range(0x2F00, 0x2FD6)):
        character = unicodedata.normalize("NFKC", radical)
        assert normalize(radical, ZH) == normalize(character, ZH) != ""


@pytest.mark.parametrize("language", ["en", "zh", "ta", "ms"])
def test_no_radical_is_dropped(language):
    radicals = [chr(code) for code in range(0x2E80, 0x2EF4) if code != 0x2E9A]  # not assigned
    assert all(len(normalize(radical, SHIPPED[language])) == 1 for radical in radicals)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("strict", "strict-3"),
        ("numbers", "numbers-2"),
        ("evalkit", "evalkit-2"),
        ("whisper", "whisper-1"),
        ("raw", "raw"),
    ],
)
def test_a_name_is_the_newest_version(name, version):
    assert resolve_profile(name) == version


def test_versioned_name_stays_itself():
    assert [resolve_profile(name) for name in PROFILES] == list(PROFILES)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_language_has_steps_or_a_reason_why_not(profile):
    refused = {key for key, row in SHIPPED.items() if PROFILES[profile].refusal(row)}
    assert refused == ({"ar", "th", "hi", "fa", "ta"} if profile == "whisper-1" else set())
    assert all(profile_steps(row, profile) for row in SHIPPED.values() if row.key not in refused)


def test_every_step_is_explained_in_order():
    assert explain("\uff24\uff4f\uff0e It\u2019s", EN, "strict-1") == [
        ("drop invisible", "\uff24\uff4f\uff0e It\u2019s"),
        ("fold width", "Do. It\u2019s"),
        ("fold case", "do. it\u2019s"),
        ("fold apostrophes", "do. it's"),
        ("blank punctuation", "do  it's"),
        ("join words", "do it's"),
    ]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_last_step_is_the_normalised_text(profile):
    text = " A-b \u2019c\u200d 21 漢字, க்ஷ "
    for row in SHIPPED.values():
        if PROFILES[profile].refusal(row) is None:
            assert explain(text, row, profile)[-1][1] == normalize(text, row, profile)


def test_unknown_profile_names_the_nearest():
    with pytest.raises(InputError, match=r"'strikt'.*did you mean 'strict'"):
        normalize("text", EN, "strikt")


def test_plain_text_is_what_scoring_reads_and_verbatim_is_the_publishers() -> None:
    assert spelled("Seven RIVERS, today.", EN, "plain") == "seven rivers today"
    assert spelled("Seven RIVERS, today.", EN, "verbatim") == "Seven RIVERS, today."
