"""A short key for finding a description by its exact text."""

import hashlib


def text_key(text: str) -> int:
    """64-bit signed key of a text; runs of white space count as one space. Keys can collide: compare the texts."""
    words = " ".join(text.split()).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(words, digest_size=8).digest(), "big", signed=True)
