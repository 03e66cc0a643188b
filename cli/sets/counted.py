"""Numbers of things in words."""


def counted(number: int, thing: str) -> str:
    """`1 frame`, `2 frames`."""
    return f"{number} {thing}" + ("" if number == 1 else "s")
