"""Draws a picture: what the app made of the frame, and over it what all apps share."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.messages import Image, Training
from services.ui import guide
from services.ui.apps.app import App
from services.ui.draw.buttons import Button, ButtonLook, Role, draw_face, draw_word
from services.ui.draw.canvas import Box, Canvas
from services.ui.draw.cards import Card, draw_card, draw_help, night
from services.ui.draw.palms import Dot, draw_palms
from services.ui.draw.panels import Sentence, Toast, draw_stack, draw_strip
from services.ui.draw.record import draw_pill
from services.ui.draw.row import RowLook, Tab, draw_row, draw_row_words
from services.ui.draw.training import draw_training
from services.ui.pairing import View
from services.ui.record import Rolling
from services.ui.state import State


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a picture shows besides the state."""

    app: App
    view: View | None
    card: Card | None
    buttons: Sequence[tuple[Button, ButtonLook]]
    row: Sequence[Tab]
    row_look: RowLook
    palms: Sequence[tuple[Dot, float]]
    sentence: Sentence | None
    toasts: Sequence[Toast]
    training: Training | None
    """A training under way that this app shows."""
    film: Rolling | None
    film_hover: bool
    help: Sequence[tuple[str, str]]
    """Keys and what they do; empty while the help is closed."""


class Painter:
    """Keeps the sheet between pictures. `now` is monotonic seconds."""

    def __init__(self, height: int, width: int) -> None:
        """The size of a picture until the first frame tells another."""
        self.bare: Image | None = None
        """What the app made of the last picture, without anything drawn over it; None where a card stood instead."""
        self.offer: Box | None = None
        """Where the button of the newest toast stood in the last picture."""
        self.film: Box | None = None
        """Where the film's pill stood."""
        self._canvas = Canvas()
        self.size = height, width
        self._night = night(height, width)

    def paint(self, scene: Scene, state: State, now: float) -> Image:
        """The picture as a new BGR array; a card, where there is one, takes the place of frame and palms."""
        shown = scene.card is None and scene.view is not None
        self.bare = scene.app.compose(scene.view, state) if shown and scene.view is not None else None
        self._canvas.begin(self.bare if self.bare is not None else self._plain(scene.view))
        if scene.card is not None:
            draw_card(self._canvas, scene.card, now)
        self._furnish(scene, state, now)
        return self._canvas.finish()

    def _plain(self, view: View | None) -> Image:
        """The card's dark ground, of the last frame's size."""
        height, width = view.frame.image.shape[:2] if view is not None else self.size
        if self.size != (height, width):
            self.size, self._night = (height, width), night(height, width)
        return self._night

    def _furnish(self, scene: Scene, state: State, now: float) -> None:
        if scene.card is None:
            self._furnish_picture(scene, state, now)
        else:
            self._draw_faces(scene)
        draw_row_words(self._canvas, scene.row, scene.row_look)
        for button, look in scene.buttons:
            draw_word(self._canvas, button, look)
        words = scene.film.words if scene.film is not None else "Rec"
        self.film = draw_pill(self._canvas, words, scene.film is not None, scene.film_hover)
        bottom = self._canvas.height - 16 * self._canvas.unit
        if scene.training is not None and scene.card is None:
            bottom = draw_training(self._canvas, scene.training, bottom) - 8 * self._canvas.unit
        sentence = scene.sentence if scene.card is None else None
        self.offer = draw_stack(self._canvas, sentence, scene.toasts, bottom, now)
        if scene.help:
            draw_help(self._canvas, scene.app.title, scene.help)

    def _furnish_picture(self, scene: Scene, state: State, now: float) -> None:
        # a palm may lie under the words of a countdown and of a button, but over a button's face
        counting = any(look.counting is not None and button.role is not Role.LONG for button, look in scene.buttons)
        if counting:
            draw_palms(self._canvas, scene.palms)
        scene.app.draw_over(self._canvas, state, now)
        self._draw_faces(scene)
        if not counting:
            draw_palms(self._canvas, scene.palms)
        draw_strip(self._canvas, guide.facts(state, now))

    def _draw_faces(self, scene: Scene) -> None:
        draw_row(self._canvas, scene.row, scene.row_look)
        for button, look in scene.buttons:
            draw_face(self._canvas, button, look)
