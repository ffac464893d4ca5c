"""Short keys for finding a description by its text. Keys can collide: compare the texts."""

import hashlib

from model.inputs.normal_text import american_spelling, normal_text


def plain_text(text: str) -> str:
    """A text however it is spelled: the normal form in lower case and American spelling, without a final stop."""
    return american_spelling(normal_text(text).lower()).rstrip(". ")


def plain_key(text: str) -> int:
    """64-bit signed key of `plain_text`."""
    return _key(plain_text(text))


def text_key(text: str) -> int:
    """64-bit signed key of a text as it is; runs of white space count as one space."""
    return _key(" ".join(text.split()))


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)
