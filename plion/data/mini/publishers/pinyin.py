"""Pinyin of the Chinese words in mini12, character by character; 5 is the neutral tone."""

_SYLLABLES = {
    "老": "lao3", "师": "shi1", "医": "yi1", "生": "sheng1", "孩": "hai2", "子": "zi5",
    "我": "wo3", "们": "men5", "朋": "peng2", "友": "you3", "他": "ta1",
    "喜": "xi3", "欢": "huan1", "看": "kan4", "见": "jian4", "打": "da3", "开": "kai1",
    "买": "mai3", "记": "ji4", "得": "de5", "要": "yao4",
    "红": "hong2", "色": "se4", "很": "hen3", "大": "da4", "小": "xiao3", "三": "san1",
    "个": "ge4", "漂": "piao4", "亮": "liang5",
    "苹": "ping2", "果": "guo3", "火": "huo3", "车": "che1", "公": "gong1", "园": "yuan2",
    "牛": "niu2", "奶": "nai3", "书": "shu1", "学": "xue2", "校": "xiao4", "衣": "yi1",
    "服": "fu5",
    "今": "jin1", "天": "tian1", "明": "ming2", "晚": "wan3", "上": "shang5", "早": "zao3",
}  # fmt: skip


def pinyin(text: str) -> list[str]:
    """The syllable with tone of every character; raises KeyError for one not in mini12's words."""
    return [_SYLLABLES[character] for character in text]
