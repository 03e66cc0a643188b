"""The plate in use: learned, loaded or brought back, judged while it is used, and kept."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from common.control import Call
from common.messages import (
    Accepted,
    Alpha,
    Done,
    Frame,
    Image,
    LearnPlate,
    LoadPlate,
    Palms,
    Plate,
    PlateHealth,
    PlateState,
    Refused,
)
from common.plates import Learned, learn
from common.settings import CameraSettings
from services.segment.aside import Aside
from services.segment.camera_lock import CameraLock
from services.segment.follow import Bump, aligned, moved, steady_shift, troubled
from services.segment.health import GOOD, IN_A_ROW, Judge, wrong_size
from services.segment.kept_plate import SMALLEST_PX, KeptPlate, PlateStore, View, plate_id
from services.segment.learning import NO_FRAMES_S, Learning
from services.segment.refresh import Outcome, Refresher
from services.segment.sources import plate_from
from services.segment.upkeep import EVERY_S

LONGEST_S = 60.0
NO_PLATE = PlateHealth(PlateState.NONE, "No plate yet: press Bkg while the picture is empty.")
CLEARED = PlateHealth(PlateState.NONE, "The plate was cleared while it was being learned.")
INSISTED = PlateHealth(PlateState.OCCUPIED, "The plate was learned with somebody in the picture, as insisted on.")
STALE = PlateHealth(
    PlateState.STALE,
    "Something stands where the plate shows none, and nobody is at it. Step out and press Bkg if it stays.",
)
LEFT_SHARE = 0.004
TRUSTED = (PlateState.GOOD, PlateState.LIGHT_CHANGED, PlateState.STALE)
ALIGN_S = 10.0
SAVE_S = 600.0
"""A refreshed plate is kept on disk at most so often."""
NO_IMAGE: Image = np.zeros((0, 0, 3), np.uint8)


class PlateCare:
    """`news` are the Plate messages to publish. `given` is the file that the settings name for the plate; `refresh`
    keeps the plate young.

    `camera` is held while a plate is learned and in use. `not_kept` says why the plate would not survive a restart; it
    is empty while it would.
    """

    def __init__(
        self,
        aside: Aside,
        store: PlateStore,
        camera: CameraSettings,
        given: Path | None,
        clock: Callable[[], float] = time.monotonic,
        *,
        refresh: bool = True,
    ) -> None:
        self.plate: KeptPlate | None = None
        self.health = NO_PLATE
        self.not_kept = ""
        self.news: list[Plate] = []
        self._aside = aside
        self._store = store
        self._camera = camera.name
        self._source = camera.source
        self._given = given
        """Until another plate is in use or this one is not wanted any more: a video takes seconds to load."""
        self._clock = clock
        self.camera = CameraLock()
        self._earlier = store.load()
        self._decided = False
        self._judge: Judge | None = None
        self._learned = NO_IMAGE
        self._home: tuple[Image, Bump] = NO_IMAGE, Bump.shift(0, 0)
        self._aligning, self._align_at = False, 0.0
        self._last_bump: Bump | None = None
        self._refresh = refresh
        self._refresher: Refresher | None = None
        self._looking = False
        self._palms: Palms | None = None
        self._on_disk, self._saved_at = "", clock()
        self._learning: Learning | None = None
        self._computing: Learning | None = None
        self._job = ""
        self._frame: Frame | None = None
        self._frame_at = 0.0
        if self._earlier is None and given is None:
            self._tell(self._job)

    @property
    def likely(self) -> KeptPlate | None:
        """The plate in use, or before the first frame that of the last run, which will probably come back."""
        return self.plate or (None if self._decided else self._earlier)

    def take(self, call: Call, job: str) -> None:
        """LearnPlate, LoadPlate or ClearPlate. `job` is the name for one that takes a while."""
        request = call.request
        if isinstance(request, LearnPlate):
            call.reply(self._learn(request, job))
        elif isinstance(request, LoadPlate):
            call.reply(self._load(request, job))
        else:
            self._forget()
            call.reply(Done("The plate is forgotten.", {}))

    def notice(self, palms: Palms) -> None:
        """Where people are."""
        self._palms = palms
        if self._learning is not None:
            self._learning.notice(palms)

    def arrive(self, frame: Frame) -> None:
        """The newest frame, before it is masked."""
        self._frame, self._frame_at = frame, self._clock()
        if not self._decided:
            self._decide(frame)
        if self._learning is not None and self.camera.settled() and min(frame.image.shape[:2]) >= SMALLEST_PX:
            self._learning.see(frame.image, self._clock())
        if self.plate is not None and self.plate.session != frame.key.session:
            self._change(session=frame.key.session, view=View.of(frame, self._source))
            self._refresher = self._new_refresher()

    def fits(self, frame: Frame) -> bool:
        """Whether the frame can be compared with the plate."""
        return self.plate is not None and frame.image.shape == self.plate.image.shape

    @property
    def health_in_words(self) -> PlateHealth:
        """The health; while a plate is learned its words tell how far that is."""
        if self._learning is None:
            return self.health
        return PlateHealth(self.health.state, f"{self._learning.progress} {self.camera.words}".strip())

    def see(self, frame: Frame, alpha: Alpha | None) -> None:
        """Judges the plate by this frame, whose alpha may not be known yet."""
        if self.plate is not None and self._judge is not None:
            found = self.health
            if not self.fits(frame):
                found = wrong_size(frame.image, self.plate.image)
            elif alpha is not None:
                found = self._judge.see(frame.image, alpha)
                self._tend(frame, alpha)
                self._follow(frame, alpha, self._judge)
            if found != self.health:
                self.health = found
                self._change(health=found)
                self._tell(self._job)

    def turn(self) -> None:
        """Goes on with what is being learned."""
        learning = self._learning
        if learning is None:
            return
        if learning.starved(self._clock()):
            self._learning = None
            self._refuse(learning.job, PlateHealth(PlateState.NONE, f"No picture came for {NO_FRAMES_S:g} s."))
        elif learning.over(self._clock()):
            self._learning = None
            self._compute(learning)

    def _learn(self, request: LearnPlate, job: str) -> Accepted | Refused:
        if self._learning is not None or self._computing is not None:
            return Refused("A plate is being learned already.")
        if not 0 < request.seconds <= LONGEST_S:
            return Refused(f"A plate is learned in up to {LONGEST_S:g} seconds, not {request.seconds:g}.")
        if self._frame is None or self._clock() - self._frame_at > NO_FRAMES_S:
            return Refused("No picture comes from the camera, so there is nothing to learn.")
        if min(self._frame.image.shape[:2]) < SMALLEST_PX:
            return Refused(f"The picture is too small: a plate has at least {SMALLEST_PX}x{SMALLEST_PX} pixels.")
        self.camera.hold()
        self._learning = Learning(job, request.seconds, request.insist, self._clock())
        return Accepted(job, f"Learning the plate from the next {request.seconds:g} s.")

    def _compute(self, learning: Learning) -> None:
        self._computing = learning
        images = learning.images

        def then(learned: Learned) -> None:
            if self._computing is not learning:
                return
            self._computing = None
            health = learning.verdict(learned)
            if health != GOOD and not learning.insist:
                self._refuse(learning.job, health)
            else:
                self._use(learned, learning.job, health if health == GOOD else INSISTED)

        self._aside.begin(lambda: learn(images), then, _raise)

    def _load(self, request: LoadPlate, job: str) -> Done | Refused:
        shape = request.image.shape
        if len(shape) != 3 or shape[2] != 3 or min(shape[:2]) < SMALLEST_PX:
            return Refused(f"{request.origin} is no BGR image of at least {SMALLEST_PX}x{SMALLEST_PX} pixels.")
        if self._frame is not None and self._frame.image.shape != shape:
            return Refused(wrong_size(self._frame.image, request.image).words)
        self._decided = True
        self._use(Learned(np.array(request.image), frames=1, restless=0), job, GOOD)
        return Done(f"The plate is {request.origin}.", {"plate_id": plate_id(request.image)})

    def _decide(self, frame: Frame) -> None:
        """At the first frame: what was in use in this camera's session, else what the settings name, else the last."""
        self._decided = True
        earlier, self._earlier = self._earlier, None
        same_session = earlier is not None and earlier.session == frame.key.session
        if earlier is not None and earlier.suits(frame, self._source) and (same_session or self._given is None):
            self._on_disk = earlier.id
            self._begin_with(earlier, job="", flaw=INSISTED if earlier.health == INSISTED else GOOD)
        elif self._given is not None:
            given = self._given
            self._aside.begin(lambda: plate_from(given), self._use_given, self._not_given)
        elif earlier is not None:
            self._tell(self._job)

    def _use_given(self, learned: Learned) -> None:
        if self._given is not None:
            self._use(learned, "", GOOD)

    def _not_given(self, words: str) -> None:
        if self._given is not None:
            self.health = PlateHealth(PlateState.NONE, f"{words} Press Bkg while the picture is empty.")
            self._tell("")

    def _use(self, learned: Learned, job: str, flaw: PlateHealth) -> None:
        self._given = None
        height, width = learned.image.shape[:2]
        view, session = View(self._camera, self._source, False, False, width, height), ""
        if self._frame is not None:
            view, session = View.of(self._frame, self._source), self._frame.key.session
        plate = KeptPlate(learned.image, plate_id(learned.image), learned.frames, view, session, flaw)
        self._begin_with(plate, job, flaw)
        self._save(plate)

    def _begin_with(self, plate: KeptPlate, job: str, flaw: PlateHealth) -> None:
        self.plate, self.health, self._job = plate, flaw, job
        self._judge = Judge(plate.image, flaw, self._clock)
        self._learned, self._home = plate.image, (plate.image, Bump.shift(0, 0))
        self._last_bump, self._align_at = None, self._clock() + ALIGN_S
        self._refresher = self._new_refresher()
        self._tell(job)

    def _forget(self) -> None:
        self._decided, self._given = True, None
        cleared, self._learning, self._computing = self._learning or self._computing, None, None
        if cleared is not None:
            self._refuse(cleared.job, CLEARED)
        self.camera.let_go()
        self.plate, self.health, self._judge, self._job = None, NO_PLATE, None, ""
        self._tell("")
        self._aside.begin(self._store.clear, self._kept, self._not_kept)

    def _follow(self, frame: Frame, alpha: Alpha, judge: Judge) -> None:
        """Finds aside how a bumped camera lies now; what two looks in a row agree on is followed. A turn about the
        middle shifts nothing as a whole, so there is a look now and then in any case."""
        if self.plate is None or not judge.news or len(judge.latest) < IN_A_ROW or judge.featureless or self._aligning:
            return
        trouble = troubled(judge.latest)
        if not trouble and self._last_bump is None and self._clock() < self._align_at:
            return
        self._aligning, self._align_at = True, self._clock() + ALIGN_S
        shift, near = steady_shift(judge.latest) if trouble else None, judge.latest[-1].shift
        plate = self.plate.image

        def then(found: Bump | None) -> None:
            self._aligning = False
            last, self._last_bump = self._last_bump, found if found is not None and found.shows(plate.shape) else None
            if self._judge is not judge:
                return
            if found is None:
                self._move(shift)
            elif last is not None and self._last_bump is not None and last.agrees(found, plate.shape):
                self._move(found)

        self._aside.begin(lambda: aligned(plate, frame.image, alpha, near), then, _raise)

    def _move(self, bump: Bump | None) -> None:
        """Lets the plate go along, always from where it was learned or made anew."""
        if bump is None or self.plate is None or self._judge is None:
            return
        home, before = self._home
        whole = bump.after(before)
        if not whole.repairable(home.shape):
            return
        image = moved(home, whole)
        health = PlateHealth(PlateState.GOOD, whole.words(home.shape))
        health = health if self._judge.flaw.state is PlateState.GOOD else self._judge.flaw
        plate = replace(self.plate, image=image, id=plate_id(image), health=health)
        self._begin_with(plate, self._job, health)
        self._home = home, whole
        self._save(plate)

    def _new_refresher(self) -> Refresher | None:
        return Refresher(self._learned, self.plate.image) if self._refresh and self.plate is not None else None

    def _tend(self, frame: Frame, alpha: Alpha) -> None:
        """Lets the refresher look every other second, aside, while the plate can be trusted."""
        refresher, at = self._refresher, frame.key.capture_ns / 1e9
        if refresher is None or self._looking or 0 <= refresher.next_s - at < EVERY_S:
            return
        if self.health.state not in TRUSTED:
            self._refresher = self._new_refresher()
            return
        refresher.next_s = at + EVERY_S
        self._looking = True
        people, self._palms = (self._palms.people if self._palms is not None else None), None

        def then(outcome: Outcome) -> None:
            self._looking = False
            if self._refresher is refresher:
                self._tended(outcome)

        self._aside.begin(lambda: refresher.look(frame.image, alpha, people, at), then, _raise)

    def _tended(self, outcome: Outcome) -> None:
        """Takes a plate that was made anew, which begins no new judgement, and tells what was left in the room."""
        if self.plate is None or self._judge is None:
            return
        if outcome.left >= LEFT_SHARE and self._judge.flaw.state is PlateState.GOOD:
            self._judge.flaw = STALE
        elif outcome.left < LEFT_SHARE and self._judge.flaw == STALE:
            self._judge.flaw = GOOD
        if outcome.plate is None:
            return
        plate = self.plate = replace(self.plate, image=outcome.plate, id=plate_id(outcome.plate))
        self._judge.take(plate.image)
        self._home = plate.image, Bump.shift(0, 0)
        self._tell(self._job)
        if self._clock() - self._saved_at >= SAVE_S:
            self._save(plate)

    def _change(self, **changes: object) -> None:
        """Notes what changed about the plate, not its image."""
        if self.plate is not None:
            plate = self.plate = replace(self.plate, **changes)  # type: ignore[arg-type]
            if plate.id == self._on_disk:
                self._aside.begin(lambda: self._store.describe(plate), self._kept, self._not_kept)
            else:
                self._save(plate)

    def _save(self, plate: KeptPlate) -> None:
        self._on_disk, self._saved_at = "", self._clock()

        def then(nothing: None) -> None:
            self._on_disk = plate.id
            self._kept(nothing)

        self._aside.begin(lambda: self._store.save(plate), then, self._not_kept)

    def _kept(self, _nothing: None) -> None:
        self.not_kept = ""

    def _not_kept(self, words: str) -> None:
        self.not_kept = f"The plate is in use but will not survive a restart. {words}"

    def _tell(self, job: str) -> None:
        plate = self.plate
        if plate is None:
            self.news.append(Plate("", NO_IMAGE, self._camera, 0, job, self.health))
        else:
            self.news.append(Plate(plate.id, plate.image, self._camera, plate.frames, job, self.health))

    def _refuse(self, job: str, why: PlateHealth) -> None:
        """Tells that the job came to nothing (no frames), and then again what is in use."""
        if self.plate is None:
            self.camera.let_go()
        image, in_use = (self.plate.image, self.plate.id) if self.plate is not None else (NO_IMAGE, "")
        self.news.append(Plate(in_use, image, self._camera, 0, job, why))
        self._tell(self._job)


def _raise(words: str) -> None:
    raise RuntimeError(words)
