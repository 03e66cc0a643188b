"""What can be done while labelling: the keys, the words, and where each stands in the help. The one list of them."""

from dataclasses import dataclass
from enum import StrEnum


class Do(StrEnum):
    """Everything there is a key for."""

    POLYGON = "polygon"
    CUT = "cut"
    BRUSH = "brush"
    ERASER = "eraser"
    SNAP = "snap"
    SMALLER = "smaller"
    LARGER = "larger"
    UNDO = "undo"
    REDO = "redo"
    DROP = "drop"
    NETWORK = "network"
    NOBODY = "nobody"
    DONE = "done"
    NEXT = "next"
    PREVIOUS = "previous"
    VIEW = "view"
    TOOLS = "tools"
    IN = "in"
    OUT = "out"
    FIT = "fit"


TOOLS = (Do.POLYGON, Do.CUT, Do.BRUSH, Do.ERASER, Do.SNAP)
"""What the pointer does; one of them is always chosen."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do: the key that is shown, the word, what it does, and other keys that do it too."""

    do: Do
    key: str
    word: str
    hint: str
    also: tuple[str, ...] = ()


DRAW = (
    Act(Do.POLYGON, "N", "Polygon", "Click along the person's boundary"),
    Act(Do.CUT, "C", "Cut", "A polygon that cuts away"),
    Act(Do.BRUSH, "B", "Brush", "Paint the person"),
    Act(Do.ERASER, "E", "Eraser", "Paint the room"),
    Act(Do.SNAP, "S", "Snap", "Brush over a border: it finds the edge"),
    Act(Do.SMALLER, "[", "Smaller", "Smaller brush"),
    Act(Do.LARGER, "]", "Larger", "Larger brush"),
    Act(Do.UNDO, "Z", "Undo", "Undo, as often as you like", ("undo", "backspace")),
    Act(Do.REDO, "Y", "Redo", "Redo", ("redo",)),
    Act(Do.DROP, "Esc", "Drop", "Drop the open polygon"),
)
GO = (
    Act(Do.DONE, "Enter", "Done", "Close the polygon; else write, next"),
    Act(Do.NEXT, "D", "Next", "Write what you changed, next frame", ("right",)),
    Act(Do.PREVIOUS, "A", "Back", "Write what you changed, frame before", ("left",)),
    Act(Do.NOBODY, "X", "Nobody", "Nobody here: write, next"),
    Act(Do.NETWORK, "G", "Network", "Take the network's mask"),
)
SEE = (
    Act(Do.VIEW, "V", "View", "Mask, cut-out, plate, difference, bare"),
    Act(Do.IN, "+", "Closer", "Closer, as the wheel; middle button: push", ("=", "up")),
    Act(Do.OUT, "-", "Farther", "Farther, as the wheel", ("down", "_")),
    Act(Do.FIT, "0", "Fit", "The whole picture"),
    Act(Do.TOOLS, "T", "Tools", "Hide the tools and words"),
)
GROUPS = (("Draw", DRAW), ("Write and go on", GO), ("See", SEE))
ACTS = (*DRAW, *GO, *SEE)

BY_KEY = {name: act.do for act in ACTS for name in (act.key.lower(), *act.also)}
