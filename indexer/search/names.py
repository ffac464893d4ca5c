"""Names as they are compared: one key for every way to write a name, one typing error."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from model.inputs.normal_text import american_spelling, normal_text
from model.inputs.words import within_one_error, words

LONGEST_NAME = 250
"""Longer texts are not looked up as names."""

_DOTTED_GREEK = re.compile(r"\.(alpha|beta|gamma|delta|epsilon|omega)\.")
_BOTH_SIGNS = re.compile(r"\(\s*(?:\+-|-\+|\+/-|-/\+|\u00b1)\s*\)")
# White space and hyphens, unless both neighbours are digits or the hyphen is all that a bracket has or a charge.
_GAPS = re.compile(r"(?<=[^\s(\[{\d])[ -]+|[ -]+(?=[^\s)\]}\d])")
_EDGES = " .,;:!?\"'\u201e\u00ab\u00bb\u2039\u203a"
# Signs of trade marks; NFKC would make letters of two of them.
_TRADE_MARKS = frozenset("\u00ae\u2122\u2120")
_ENCLOSED = re.compile(r"\(([^()]+)\)|\[([^\[\]]+)\]")
# How names are written without the letters that their language has beside the Latin ones.
_APART = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "oe"}
_LETTERS_APART = str.maketrans(_APART | {one.upper(): to.capitalize() for one, to in _APART.items() if one != "ß"})
OPTICAL_SIGNS = ("(+)-", "(-)-", "(+/-)-", "L-", "D-", "DL-", "(R)-", "(S)-")
"""What a name may have at its front that is often left out."""
_DIGITS = re.compile(r"\d+'*|\([^a-z]*\)")
_DESCRIPTORS = re.compile(r"(?<![a-z])(?:dl|rac|cis|trans|[dlrsezmnop])(?=[ -])|\([rsez,\d]+\)")
_LETTERS = re.compile(r"(?<![a-z'])[a-z](?![a-z'])")  # "vitamin C"
_ONE_LETTER = re.compile(r"(?<![A-Za-z])[OSNP](?=[,-])")
_SOUNDS = (("ph", "f"), ("th", "t"), ("ae", "e"), ("oe", "e"), ("y", "i"), ("ck", "c"), ("k", "c"), ("z", "s"))
_DOUBLED = re.compile(r"(\w)\1")


@lru_cache(maxsize=256)  # whoever reads a query looks the same few names up in several ways
def name_key(name: str) -> str:
    """What all ways to write one name have in common, and other names not.

    Case, British spelling, Greek letters, hyphens and spaces do not count; locants, optical signs, descriptors and
    charges do: `(\u2212)-Carvone` and `(-)-carvone` have one key, `(+)-carvone` has another.
    """
    name = visible(name).encode("utf-8", "replace").decode()
    text = american_spelling(normal_text(name).lower())
    text = _BOTH_SIGNS.sub("(+/-)", _DOTTED_GREEK.sub(r"\1", text))
    return _GAPS.sub("", text.strip(_EDGES))


def visible(text: str) -> str:
    """A text without what is not seen or not said: characters that only format, signs of trade marks."""
    if text.isascii():
        return text
    unseen = [ord(one) for one in set(text) if one in _TRADE_MARKS or unicodedata.category(one) == "Cf"]
    return text.translate(dict.fromkeys(unseen))


def ways_to_write(name: str) -> Iterator[str]:
    """A name as it is given, and then what else it may be in a list of names: `Schwefelsaeure` for `Schwefelsäure`,
    `paracetamol` for `paracétamol`, `aspirin` for `(aspirin)`. Scripts that have other letters stay.
    """
    yield name
    if not name.isascii():
        yield unicodedata.normalize("NFC", name).translate(_LETTERS_APART)
        yield "".join(one for one in unicodedata.normalize("NFD", name) if not unicodedata.combining(one))
    if (inside := _ENCLOSED.fullmatch(name.strip(_EDGES))) is not None:
        yield from ways_to_write(inside[1] or inside[2])


def prefix_key(prefix: str) -> str:
    """The key that the keys of all names that begin with `prefix` begin with."""
    return name_key(re.sub(r"(?<!\()[ -]+$", "", normal_text(prefix)))


def same_locants(query: str, name: str) -> bool:
    """False where the query has a capital locant for which the name has a small one: `O-` is not `o-`."""
    asked = _ONE_LETTER.findall(normal_text(query))
    has = _ONE_LETTER.findall(normal_text(name))
    small = re.findall(r"(?<![A-Za-z])[osnp](?=[,-])", normal_text(name))
    return not asked or asked == has or not small


def trigrams(key: str) -> list[str]:
    """The distinct runs of three characters of a key."""
    return list(dict.fromkeys(key[start : start + 3] for start in range(len(key) - 2)))


def is_close(query: str, name: str) -> bool:
    """Whether `name` is `query` but for one typing error or the order of the words.

    Never where they differ in a number, a sign or a descriptor: those tell molecules apart.
    """
    mine, theirs = normal_text(query).lower(), normal_text(name).lower()
    for telling in (_DIGITS, _DESCRIPTORS, _LETTERS):
        if sorted(telling.findall(mine)) != sorted(telling.findall(theirs)):
            return False
    a, b = name_key(query), name_key(name)
    alike = within_one_error(a, b) or within_one_error(sound(a), sound(b))
    return alike or sorted(words(query)) == sorted(words(name))


def plain_key(name: str) -> str:
    """The key without locants and descriptors: "D-glucose 6-phosphate" has that of "glucose phosphate"."""
    text = american_spelling(normal_text(name).lower())
    for telling in (_BOTH_SIGNS, _DESCRIPTORS, _DIGITS):
        text = telling.sub(" ", text)
    return "".join(re.findall(r"[^\W\d_]+", text))


def says_less(query: str, name: str) -> bool:
    """Whether `name` is `query` but for locants and descriptors that the query does not have."""
    if plain_key(query) != plain_key(name):
        return False
    mine, theirs = normal_text(query).lower(), normal_text(name).lower()
    both = ((telling.findall(mine), telling.findall(theirs)) for telling in (_DIGITS, _DESCRIPTORS))
    return all(Counter(one) <= Counter(other) for one, other in both)


def sound(key: str) -> str:
    """A name as it sounds: "ibuprophen" is "ibuprofen", "amitriptiline" "amitriptyline"."""
    for written, sound in _SOUNDS:
        key = key.replace(written, sound)
    return _DOUBLED.sub(r"\1", key)
