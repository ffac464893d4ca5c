"""Pages of a ranking. A cursor says where the next one begins, for one query in one release."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from pydantic import BaseModel

from service.problems import Code, Problem

_BEGIN_AGAIN = "leave cursor out to begin with the first page."


@dataclass(frozen=True, slots=True)
class Page:
    """The hits `start` to `stop` of each query, of at most `most`. asked: digest of the request without its page."""

    start: int
    stop: int
    most: int
    asked: str

    def next_cursor(self, release: str) -> str | None:
        """Where the page after this one begins; None where no more hits are given out."""
        if self.stop >= self.most:
            return None
        return base64.urlsafe_b64encode(f"{self.stop}.{self.asked}.{release}".encode()).decode().rstrip("=")


def read_page(request: BaseModel, cursor: str | None, k: int, most: int, release: str) -> Page:
    """The page of `k` hits at `cursor`, the first one where there is none; `most`: the hits of a query at most.

    Raises:
        Problem: the cursor is none of ours, or one of another release or query.
    """
    dumped = request.model_dump_json(exclude={"k", "cursor"})
    asked = hashlib.sha256(f"{type(request).__name__} {dumped}".encode()).hexdigest()[:16]
    if cursor is None:
        return Page(0, k, most, asked)
    start, for_query, for_release = _parts(cursor)
    if not 0 < start < most:
        raise _unreadable()
    if for_release != release:
        detail = f"The cursor belongs to another release than {release}, which is served now; {_BEGIN_AGAIN}"
        raise Problem(Code.CURSOR_OTHER_RELEASE, detail, field="cursor")
    if for_query != asked:
        detail = f"The cursor belongs to another query; send the same request (k may change), or {_BEGIN_AGAIN}"
        raise Problem(Code.CURSOR_OTHER_QUERY, detail, field="cursor")
    return Page(start, min(start + k, most), most, asked)


def _parts(cursor: str) -> tuple[int, str, str]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        start, asked, release = text.split(".", 2)
        return int(start[:9]), asked, release
    except (binascii.Error, ValueError):
        raise _unreadable() from None


def _unreadable() -> Problem:
    return Problem(Code.CURSOR_UNREADABLE, f"The cursor is none that an answer gave; {_BEGIN_AGAIN}", field="cursor")
