"""The language of a card: ISO codes here, names in other apps."""

from __future__ import annotations

import re

LANGUAGES = {
    "en": "English",
    "ja": "Japanese",
    "de": "German",
    "fr": "French",
    "it": "Italian",
    "es": "Spanish",
    "pt": "Portuguese",
    "nl": "Dutch",
    "pl": "Polish",
    "ru": "Russian",
    "ko": "Korean",
    "zh": "Chinese",
    "zh-hans": "Simplified Chinese",
    "zh-hant": "Traditional Chinese",
    "id": "Indonesian",
    "th": "Thai",
}
_CODE = re.compile(r"[a-z]{2}(-[a-z]{2,4})?")
_SPELLINGS = {name.lower(): code for code, name in LANGUAGES.items()}
_SPELLINGS |= {
    "jp": "ja",
    "kr": "ko",
    "cn": "zh-hans",
    "tw": "zh-hant",
    "zhs": "zh-hans",
    "zht": "zh-hant",
    "zh_cn": "zh-hans",
    "zh_tw": "zh-hant",
    "zh-cn": "zh-hans",
    "zh-tw": "zh-hant",
    "chinese (s)": "zh-hans",
    "chinese (t)": "zh-hant",
    "chinese simplified": "zh-hans",
    "chinese traditional": "zh-hant",
    "portuguese (brazil)": "pt",
    "brazilian portuguese": "pt",
}


def is_language_code(text: str) -> bool:
    """Tell whether `text` looks like a language code."""
    return _CODE.fullmatch(text) is not None


def language_of(text: str) -> str | None:
    """The code of the language that an app means by `text`: a code, or an English name; None where it is neither."""
    folded = " ".join(text.lower().split())
    if folded in _SPELLINGS:
        return _SPELLINGS[folded]
    return folded if folded in LANGUAGES else None


def language_name(code: str) -> str:
    """English name of a language; the code itself where it has none here."""
    return LANGUAGES.get(code, code)
