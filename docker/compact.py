"""Makes shared libraries smaller without changing what is loaded of them: compact.py FOLDER

A wheel's libraries carry symbol tables that nothing reads at run time. Those that were patched when the wheel was made
are full of zeros between their segments (half of RDKit's), and `strip` breaks them. The loader, however, reads segments
alone, and where they are to lie in memory; so this writes each library again as its segments, one after the other.
"""

from __future__ import annotations

import platform
import struct
import sys
from pathlib import Path

# A segment must begin at the same distance from a page's start in the file as in memory.
PAGE = 1 << 12 if platform.machine() == "x86_64" else 1 << 16
LOAD = 1
HEADER = 64
SEGMENT = struct.Struct("<IIQQQQQQ")  # type, flags, offset, address, -, size in the file, size in memory, alignment


def compact(library: bytes) -> bytes:
    """The same library as its loadable segments; unchanged if it is not of 64 bits, or needs what lies outside them."""
    if len(library) < HEADER or library[:6] != b"\x7fELF\x02\x01":
        return library
    (table,) = struct.unpack_from("<Q", library, 32)
    width, count = struct.unpack_from("<HH", library, 54)
    places = [table + row * width for row in range(count)]
    segments = [SEGMENT.unpack_from(library, place) for place in places]
    written = bytearray()
    moved: list[tuple[int, int, int]] = []  # from, size, to
    for kind, _, offset, address, _, size, _, _ in sorted(segments, key=lambda segment: segment[2]):
        if kind == LOAD:
            written += bytes((address - len(written)) % PAGE)
            moved.append((offset, size, len(written)))
            written += library[offset : offset + size]

    def new(offset: int, size: int) -> int | None:
        return next((to + offset - at for at, held, to in moved if at <= offset and offset + size <= at + held), None)

    if new(0, HEADER) != 0 or (new_table := new(table, count * width)) is None:
        return library
    for place, (kind, flags, offset, address, physical, size, memory, alignment) in zip(places, segments, strict=True):
        new_offset = new(offset, size) if size else 0
        if new_offset is None:
            return library
        if kind == LOAD:
            alignment = PAGE
        row = (kind, flags, new_offset, address, physical, size, memory, alignment)
        SEGMENT.pack_into(written, new_table + place - table, *row)
    struct.pack_into("<QQ", written, 32, new_table, 0)  # where segments are listed; no list of sections
    struct.pack_into("<HHH", written, 58, 0, 0, 0)
    return bytes(written) if len(written) < len(library) else library


def main() -> None:
    before = after = 0
    for path in Path(sys.argv[1]).rglob("*.so*"):
        if path.is_file() and not path.is_symlink():
            library = path.read_bytes()
            smaller = compact(library)
            before, after = before + len(library), after + len(smaller)
            if smaller is not library:
                path.write_bytes(smaller)
    print(f"Shared libraries: {before / 1e6:,.0f} MB → {after / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
