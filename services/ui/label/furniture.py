"""What is drawn over the frame while labelling: the open polygon, the brush, the words, the help."""

from collections.abc import Sequence

from services.ui.draw.canvas import Canvas, Weight, text_width
from services.ui.draw.panels import Fact, Sentence
from services.ui.draw.theme import GOOD, INK, PAPER, WARN, Level
from services.ui.label.acts import ACTS, GROUPS, Act, Do
from services.ui.label.drawing import Drawing
from services.ui.label.labeller import Labeller, Look
from services.ui.label.outline import closes
from services.ui.label.sheet import Origin, Sheet

_ALWAYS = (("H ?", "This help"), ("F", "Whole screen"), ("Q", "End; nothing is lost"))
_LEVELS = {Origin.WRITTEN: Level.GOOD, Origin.DRAFT: Level.WARN}


def draw_polygon(canvas: Canvas, drawing: Drawing, sheet: Sheet, pointer: tuple[float, float] | None) -> None:
    """The corners so far and the line to the pointer; the first corner turns green where a click would close."""
    zoom, u = sheet.zoom, canvas.unit
    points = [zoom.to_sheet(*point) for point in sheet.editor.points]
    if not points:
        return
    colour = WARN if drawing.tool is Do.CUT else PAPER
    at = zoom.to_picture(*pointer) if pointer is not None else None
    shut = at is not None and closes(sheet.editor.points, *at, drawing.reach)
    line = [*points, points[0] if shut else pointer] if pointer is not None else points
    run = [point for point in line if point is not None]
    if len(run) > 1:
        canvas.line(run, 3.4 * u, INK, 0.55)
        canvas.line(run, 1.6 * u, colour)
    for point in points:
        canvas.disc(*point, 3.4 * u, INK, 0.55)
        canvas.disc(*point, 2.4 * u, colour)
    reach = max(5 * u, drawing.reach * zoom.scale)
    canvas.ring(*points[0], reach if shut else 6 * u, 2 * u, GOOD if shut else colour)


def draw_brush(canvas: Canvas, drawing: Drawing, sheet: Sheet, pointer: tuple[float, float]) -> None:
    """A ring as large as the brush; for a polygon a small cross."""
    x, y = pointer
    u = canvas.unit
    if drawing.tool in (Do.POLYGON, Do.CUT):
        for thick, colour in ((2.6 * u, INK), (1.2 * u, PAPER)):
            canvas.line([(x - 6 * u, y), (x + 6 * u, y)], thick, colour, 0.9)
            canvas.line([(x, y - 6 * u), (x, y + 6 * u)], thick, colour, 0.9)
        return
    colour = {Do.BRUSH: PAPER, Do.ERASER: WARN, Do.SNAP: WARN}[drawing.tool]
    radius = max(2 * u, (drawing.radius + 0.5) * sheet.zoom.scale)
    canvas.ring(x, y, radius, 3 * u, INK, alpha=0.55)
    canvas.ring(x, y, radius, 1.4 * u, colour)
    if drawing.tool is Do.ERASER:
        canvas.line([(x - 4 * u, y), (x + 4 * u, y)], 1.4 * u, colour)


def facts(labeller: Labeller) -> list[Fact]:
    """The strip: which frame, how far, how its label stands, how it is seen, what is in hand."""
    frames, drawing, work, sheet = labeller.frames, labeller.drawing, labeller.frames.work, labeller.sheet
    if not work.items:
        return [Fact("nothing to label")]
    item = frames.item
    made = [
        Fact(f"set {item.number} · {item.frame.name}"),
        Fact(f"{frames.labelled} of {work.total}", Level.GOOD if frames.labelled == work.total else Level.PLAIN),
    ]
    if sheet is None:
        return made
    made.append(Fact(sheet.origin.value, _LEVELS.get(sheet.origin, Level.PLAIN)))
    if labeller.look is not Look.MASK:
        # before what a narrow picture has no room for: without its name a look may be just a black picture
        missing = sheet.plate is None and labeller.look in (Look.PLATE, Look.DIFFERENCE)
        made.append(Fact("no plate of its size" if missing else labeller.look.value))
    if drawing.tool in (Do.BRUSH, Do.ERASER, Do.SNAP):
        made.append(Fact(f"{drawing.tool.value} {2 * drawing.radius + 1} px"))
    if sheet.zoom.times > 1:
        made.append(Fact(f"{100 * sheet.zoom.times:.0f} %"))
    return made


def guide(labeller: Labeller) -> Sentence | None:
    """What to do next."""
    sheet = labeller.sheet
    if labeller.frames.unsaved:
        return Sentence(f"{labeller.frames.unsaved} It is in memory still.", Level.BAD)
    if sheet is None:
        return None
    count = len(sheet.editor.points)
    if count:
        close = "click the first, or Enter" if count >= 5 else "Enter or right click" if count >= 3 else "go on"
        return Sentence(f"{count} corner{'s' if count > 1 else ''}: {close}{' closes' if count >= 3 else ' clicking'}")
    if labeller.drawing.tool is Do.SNAP:
        return Sentence("Brush over a border: it snaps")
    if labeller.waits() and sheet.origin is Origin.NEW:
        return Sentence("The network looks. You may begin by hand")
    return {
        # nothing is drawn yet: what the tool in hand does
        Origin.NEW: Sentence(next(act.hint for act in ACTS if act.do is labeller.drawing.tool)),
        Origin.PROPOSED: Sentence("Right? Press Enter. Else mend it"),
        Origin.DRAFT: Sentence("Enter when it is right"),
        Origin.WRITTEN: None,
    }[sheet.origin]


def draw_keys(canvas: Canvas, title: str) -> None:
    """The help: all keys in two columns over the dimmed picture."""
    canvas.dim(0.55)
    u = canvas.unit * min(1.0, canvas.width / (650 * canvas.unit))
    width, height, row = 626 * u, 412 * u, 24.5 * u
    left, top = (canvas.width - width) / 2, (canvas.height - height) / 2
    canvas.panel(left, top, width, height, 22 * u, colour=INK, alpha=0.9)
    canvas.text(title, left + 26 * u, top + 32 * u, 19 * u, Weight.BOLD)
    (draw, drawing), (go, going), (see, seeing) = GROUPS
    y = top + 66 * u
    _draw_group(canvas, draw, _rows(drawing), (left + 26 * u, y), (u, row))
    y = _draw_group(canvas, go, _rows(going), (left + 314 * u, y), (u, row)) + 10 * u
    _draw_group(canvas, see, _rows(seeing), (left + 314 * u, y), (u, row))
    y, x = top + height - 22 * u, left + 26 * u
    for key, words in _ALWAYS:
        _draw_key(canvas, key, x, y, u)
        canvas.text(words, x + 46 * u, y, 12.5 * u, Weight.MEDIUM)
        x += 62 * u + text_width(words, 12.5 * u, Weight.MEDIUM)


def _rows(acts: Sequence[Act]) -> list[tuple[str, str]]:
    return [(act.key, act.hint) for act in acts]


def _draw_group(
    canvas: Canvas, title: str, rows: Sequence[tuple[str, str]], at: tuple[float, float], sizes: tuple[float, float]
) -> float:
    (x, y), (u, row) = at, sizes
    canvas.text(title, x, y, 11.5 * u, Weight.BOLD, alpha=0.62)
    for key, words in rows:
        y += row
        _draw_key(canvas, key, x, y, u)
        canvas.text(words, x + 46 * u, y, 12.5 * u, Weight.MEDIUM)
    return y + row


def _draw_key(canvas: Canvas, key: str, x: float, y: float, u: float) -> None:
    canvas.panel(x, y - 10 * u, 38 * u, 20 * u, 6 * u, colour=PAPER, alpha=0.16)
    canvas.text(key, x + 19 * u, y, 11.5 * u, Weight.SEMIBOLD, align=0.5)
