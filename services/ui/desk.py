"""Where everything meets: state and events in, pictures out. Knows no socket and no screen.

Apps draw the person and answer presses. The desk adds what they share, and sees to it that an app which hides the room
gets no frame to show without that frame's own fresh mask.
"""

from collections.abc import Sequence
from pathlib import Path

from common.messages import Message, Palms, Recording, Training, TrainingState
from common.metrics import Metrics
from common.service import Vitals
from services.ui import guide, news
from services.ui.actions import Action, Ask, Quit, Say
from services.ui.aims import targets
from services.ui.apps.app import App, By
from services.ui.apps.own import Around, OwnPictures
from services.ui.draw.buttons import Role
from services.ui.draw.cards import Card
from services.ui.draw.panels import UNDO_KEY, Sentence, Toast
from services.ui.draw.row import tabs
from services.ui.draw.theme import Level
from services.ui.errands import Errands
from services.ui.fronts.front import Closed, Event, Gesture, Key, Picture, Pointer, Press, Shown
from services.ui.hands import Board, Hands
from services.ui.painter import Painter, Scene
from services.ui.pairing import View
from services.ui.record import Record
from services.ui.snapshot import Snapshots, picture_of
from services.ui.state import State
from services.ui.toasts import Toasts
from services.ui.touch import Touch

ANIMATE_S = 1 / 15
"""What moves without new frames (cards, toasts, rings) is drawn so often."""
STALE_S = 0.7
"""A cut-out older than this is no longer shown."""
_KEYS = (
    ("P", "Keep this picture"),
    ("R", "Film, and end the film"),
    ("F", "Whole screen"),
    ("H  ?", "This help"),
    ("Q  Esc", "End"),
)


class Desk:
    """One studio. Times are seconds of the monotonic clock; all calls come from the main loop."""

    def __init__(
        self, apps: Sequence[App], app: str, *, state: State, painter: Painter, touch: Touch, errands: Errands,
        metrics: Metrics, fps: float, snapshots: Path,
    ) -> None:  # fmt: skip
        self.apps = apps
        self.app = next(one for one in apps if one.name == app)
        self._own = _own(self.app)
        self.state = state
        self.done = False
        self._painter = painter
        self._hands = Hands(touch)
        self._errands = errands
        self._metrics = metrics
        self._apart_s = 1 / fps
        self._snapshots = Snapshots(snapshots)
        self.record = Record(snapshots)
        self.help = False
        self._toasts = Toasts()
        self._view: View | None = None
        self._view_at = self._drawn_at = self._due = float("-inf")
        self._number = 0
        self._aside: list[Sentence] = []

    def take(self, message: Message, now: float) -> None:
        """Takes a message in, and acts where it means a press or news."""
        recording, training = self.state.recording, self.state.training
        self.state.take(message, now)
        match message:
            case Palms():
                self._see(message, now)
            case Recording():
                self._tell(news.of_recording(recording.message if recording is not None else None, message), now)
            case Training():
                self._tell(news.of_training(training, message), now)

    def _tell(self, told: news.News | None, now: float) -> None:
        if told is not None:
            self._toasts.say(told.sentence, now, told.offer)

    def _see(self, palms: Palms, now: float) -> None:
        points = tuple((palm.x, palm.y) for palm in self.state.palm_points())
        for button in self._hands.see(points, len(palms.people), self._board(), now):
            self.press(button, By.PALM, now)

    def on(self, event: Event, now: float) -> None:
        """Something was done at a front."""
        if self._own is not None and not self.help and self._own.take(event):
            return
        match event:
            case Pointer(Gesture.PRESS, x, y):
                self._point(x, y)
                self._press_at(now)
            case Pointer(Gesture.MOVE, x, y):
                self._point(x, y)
            case Pointer(Gesture.LEAVE):
                self._hands.point(None)
            case Press(button):
                self.press(button, By.POINTER, now)
            case Key(name):
                self._key(name, now)
            case Shown(key, at_ns):
                latency = self.state.shown(key, at_ns)
                if latency is not None:
                    self._metrics.latency("picture", latency)
            case Closed():
                self.done = True

    def _point(self, x: float, y: float) -> None:
        height, width = self._size
        self._hands.point((x * width, y * height))

    def _press_at(self, now: float) -> None:
        if self.help:
            self.help = False
            return
        if self._hands.on(self._painter.film):
            self.record.toggle(now)
        elif self._hands.on(self._painter.offer):
            self._do(self._toasts.accept(now), now)
        for button in self._hands.under_pointer(self._board()):
            self.press(button, By.POINTER, now)

    def _key(self, name: str, now: float) -> None:
        by_key = {button.key.lower(): button.id for button in self.app.buttons()}
        if name in ("h", "?"):
            self.help = not self.help
        elif name == "esc" and self.help:
            self.help = False
        elif name in ("q", "esc"):
            self.done = True
        elif name == "p" and self._own is None:
            said = self._keep(now)
            if said is not None:
                self._toasts.say(said, now, kind="kept")
        elif name == "r" and self._own is None:
            self.record.toggle(now)
        elif name.upper() == UNDO_KEY and (action := self._toasts.accept(now)) is not None:
            self._do(action, now)
        elif name.upper() in (tool.key for tool in self.app.tools()):
            done = self.app.use(name.upper())
            self._do(Say(Sentence(done), f"{self.app.name} {name}") if isinstance(done, str) else done, now)
        elif name.isdecimal() and 0 < int(name) <= len(self.apps):
            self.switch(self.apps[int(name) - 1].name)
        elif name in by_key:
            self.press(by_key[name], By.KEY, now)

    def _keep(self, now: float) -> Sentence | None:
        if self._view is None or self._card(now) is not None:
            return Sentence("There is no picture to keep.", Level.WARN)
        return self._snapshots.keep(picture_of(self.app, self._view, self.state))

    def switch(self, name: str) -> None:
        """Shows another app; one that there is not is passed over."""
        app = next((app for app in self.apps if app.name == name), self.app)
        if self._own is not None and app is not self.app:
            self._own.leave()
        self.app = app
        self._own = _own(self.app)

    def press(self, button: str, by: By, now: float) -> None:
        """Presses a button of the app, or a tab of the row; one that it has not is passed over."""
        tab = button in (f"app:{app.name}" for app in self.apps)
        if not tab and button not in (one.id for one in self.app.buttons()):
            return
        self._metrics.palm_presses.labels(button, by.value).inc()
        if tab:
            self.switch(button.removeprefix("app:"))
        else:
            self._hands.flash(button, now)
            self._do(self.app.press(button, by, self.state, now), now)

    def _do(self, action: Action | None, now: float) -> None:
        match action:
            case Quit():
                self.done = True
            case Say(sentence, kind):
                self._toasts.say(sentence, now, kind=kind)
            case Ask():
                self._errands.run(action)

    def turn(self, now: float) -> None:
        """What time alone brings: answers, palms that are gone, services that are missing."""
        self._hands.lose(now)
        self._do(self.app.turn(self.state, now), now)
        asides = [] if self._own is not None else guide.asides(self.state, now)
        for aside in asides:
            if aside not in self._aside:
                self._toasts.say(aside, now)
        self._aside = asides
        for sentence in [*self._errands.news(), *self.record.news()]:
            self._toasts.say(sentence, now)
        for sentence in self._snapshots.news():
            self._toasts.say(sentence, now, kind="kept")

    def vitals(self, now: float) -> Vitals:
        """How the UI is: pictures a second and capture to picture."""
        return Vitals(latency_ms=self.state.latency_ms(), rate_hz=self.state.fps(now))

    def close(self) -> None:
        """Gives up what was asked and not answered, and ends a film under way."""
        self._errands.close()
        self.record.close()
        self._snapshots.close()
        for app in self.apps:
            if isinstance(app, OwnPictures):
                app.close()

    def _drew(self, now: float) -> None:
        """Sets when the next picture may come. One that came late takes nothing from the next: masks are not even, and
        who waited a full turn after each would be late for most."""
        self._due = max(self._due, now - self._apart_s) + 0.9 * self._apart_s
        self._drawn_at = now
        self._number += 1

    def picture(self, now: float) -> Picture | None:
        """The next picture, None while the last may stay."""
        if now < self._due:
            return None
        if self._own is not None:
            return self._own_picture(self._own, now)
        fresh = self.state.pairing.next(now, only_pairs=self.app.hides_room)
        if fresh is None and now - self._drawn_at < ANIMATE_S:
            return None
        if fresh is not None:
            self._view, self._view_at = fresh, now
            self.state.drew(now)
        self._drew(now)
        with self._metrics.step("draw"):
            image = self._painter.paint(self._scene(now), self.state, now)
        if fresh is not None and self._painter.bare is not None:
            self.record.offer(self._painter.bare, now)
        return Picture(self._number, image, fresh.frame.key if fresh is not None else None)

    def _own_picture(self, app: OwnPictures, now: float) -> Picture | None:
        # what else can be pressed in a picture is not in this one
        self._painter.film = self._painter.offer = None
        board = self._board()
        around = Around(self.toasts(now), board.row, self._hands.row_look(board, now), self.help)
        with self._metrics.step("draw"):
            image = app.sheet(around, now)
        if image is None:
            return None
        self._drew(now)
        return Picture(self._number, image, None)

    def _scene(self, now: float) -> Scene:
        card, board = self._card(now), self._board()
        looks = self._hands.looks(board, self.app.counting(self.state, now), now)
        # without a camera there is nothing to press but the end
        gone = card is not None and self.state.camera_gone(now)
        return Scene(
            app=self.app,
            view=self._view,
            card=card,
            buttons=[(button, look) for button, look in looks if not gone or button.role is Role.ENDS],
            palms=self._hands.palms(now),
            sentence=self.sentence(now),
            toasts=self.toasts(now),
            row=board.row,
            row_look=self._hands.row_look(board, now),
            training=self._training(),
            film=self.record.rolling(now),
            film_hover=self._hands.on(self._painter.film),
            help=self.keys() if self.help else (),
        )

    def _card(self, now: float) -> Card | None:
        missing = guide.no_picture(self.state, now)
        if missing is not None or not self.app.hides_room:
            return missing
        stale = self._view is None or not self._view.own or now - self._view_at > STALE_S
        return guide.no_mask(self.state, now) if stale or guide.plate_unfit(self.state) else None

    def sentence(self, now: float) -> Sentence | None:
        """What the person is told: why there is no picture, the question of an ending button, trouble, what to do."""
        if self._own is not None:
            return self.app.guide(self.state, now)
        card = self._card(now)
        if card is not None:
            return Sentence(f"{card.title}. {card.words}", Level.WARN)
        asking, board = self._hands.asking(now), self._board()
        for button in board.buttons:
            if button.id in asking:
                return Sentence(f"Touch {button.word} once more to {button.hint[0].lower()}{button.hint[1:]}")
        for tab in board.row:
            if tab.id in asking:
                return Sentence(f"Touch {tab.word} once more, and the room is shown")
        return guide.trouble(self.state, now) or self.app.guide(self.state, now)

    def toasts(self, now: float) -> Sequence[Toast]:
        """What has just happened."""
        return self._toasts.current(now)

    def keys(self) -> list[tuple[str, str]]:
        """The keys and what they do, for the help."""
        own = [(button.key, button.hint) for button in self.app.buttons() if button.role is not Role.ENDS]
        own += [(tool.key, f"{tool.word}: {tool.hint[0].lower()}{tool.hint[1:]}") for tool in self.app.tools()]
        others = [("1 … " + str(len(self.apps)), "Another app")] if len(self.apps) > 1 else []
        return [*own, *others, *_KEYS]

    def _board(self) -> Board:
        """What can be pressed now; palms press nothing in an app with pictures of its own."""
        (height, width), app = self._size, self.app
        row = tabs(tuple((one.name, one.title) for one in self.apps), width, height)
        aims = targets(app, self.apps, row, self._hands.feel, (height, width)) if self._own is None else []
        return Board(app.buttons(), row, f"app:{app.name}", aims, (height, width))

    def _training(self) -> Training | None:
        """The training under way, for an app with the button that stops it."""
        training = self.state.training
        runs = training is not None and training.state is TrainingState.RUNNING
        return training if runs and any(button.role is Role.LONG for button in self.app.buttons()) else None

    @property
    def _size(self) -> tuple[int, int]:
        """Height and width of the picture."""
        if self._own is not None:
            return self._own.size()
        if self.state.frame is None:
            return self._painter.size
        height, width = self.state.frame.image.shape[:2]
        return int(height), int(width)


def _own(app: App) -> OwnPictures | None:
    """The app, if it works on pictures of its own. To ask a protocol takes long: once an app is enough."""
    return app if isinstance(app, OwnPictures) else None
