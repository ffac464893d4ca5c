"""Numbers of things in a sentence."""


def counted(number: float, thing: str, things: str | None = None) -> str:
    """`1 molecule`, `1,344 molecules`, `0.5 seconds`. things: the plural, where it is more than an s longer."""
    shown = f"{number:,}" if isinstance(number, int) else f"{number:g}"
    return f"{shown} {thing if number == 1 else things or f'{thing}s'}"
