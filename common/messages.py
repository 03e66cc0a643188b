"""What processes say to each other: one class a message, one a control request, one a reply.

Images are BGR uint8 of shape (height, width, 3); alphas and masks uint8 of shape (height, width), 0 background to 255
foreground. Points are in pixels of the frame they belong to. *Left* and *right* always mean the person's own.
docs/PROTOCOL.md specifies how these travel.
"""

from enum import StrEnum

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Alpha = NDArray[np.uint8]


class Said(Struct, frozen=True, forbid_unknown_fields=True):
    """All of them: whoever says more than what is written here is not understood."""


class Blob(bytes):
    """The bytes of a file, which travel as a buffer of their own."""


class FrameKey(Said, frozen=True):
    """Names one frame for good, even after its camera restarted; everything derived from it carries it."""

    camera: str
    session: str
    seq: int
    capture_ns: int
    boot: str


class Frame(Said, frozen=True):
    """One picture. `source` names the device, URL or file it came from, `index` the frame's place in that file."""

    key: FrameKey
    image: Image
    mirrored: bool
    source: str
    index: int
    live: bool


class Keypoint(Said, frozen=True):
    """A point of the body with the network's confidence, 0 to 1."""

    x: float
    y: float
    score: float


class Person(Said, frozen=True):
    """One skeleton: 17 keypoints in COCO's order, and a palm per hand where one was seen."""

    score: float
    keypoints: tuple[Keypoint, ...]
    left_palm: Keypoint | None
    right_palm: Keypoint | None


class Palms(Said, frozen=True):
    """The people in one frame, best score first; empty when nobody was seen."""

    key: FrameKey
    people: tuple[Person, ...]


class PlateState(StrEnum):
    """How far the plate in use can be trusted."""

    NONE = "none"
    GOOD = "good"
    LIGHT_CHANGED = "light changed"
    MOVED = "moved"
    WRONG_SIZE = "wrong size"
    OCCUPIED = "occupied"
    STALE = "stale"


class PlateHealth(Said, frozen=True):
    """The plate's state and one sentence for the person in front of the camera."""

    state: PlateState
    words: str


class Mask(Said, frozen=True):
    """The soft mask of one frame, at that frame's size, and what made it."""

    key: FrameKey
    alpha: Alpha
    weights_id: str
    plate_id: str
    health: PlateHealth
    engine: str


class Plate(Said, frozen=True):
    """The plate in use. `plate_id` is empty and the image 0x0 while there is none; `job` is the request behind it.

    A job that came to nothing is told by a Plate with that `job`, no `frames`, and the reason in `health`; the plate in
    use follows at once.
    """

    plate_id: str
    image: Image
    camera: str
    frames: int
    job: str
    health: PlateHealth


class RecordingState(StrEnum):
    """What the recorder is doing."""

    IDLE = "idle"
    COUNTDOWN = "countdown"
    LEARNING = "learning"
    SAVED = "saved"
    FAILED = "failed"


class RecordingTarget(StrEnum):
    """What a capture is for: the plate (Bkg) or a frame (Sav)."""

    PLATE = "plate"
    FRAME = "frame"


class Shot(Said, frozen=True):
    """A file of a set by its name, and how it looks: small, 128 pixels on its longer side at most."""

    name: str
    image: Image


class Recording(Said, frozen=True):
    """The recorder's state. `set_number` is 0 while no set is chosen; `saved` is the path written last.

    `shots` are the newest few frames of the set, the newest first, and then its plate.
    """

    state: RecordingState
    target: RecordingTarget
    seconds_total: float
    seconds_left: float
    set_number: int
    has_plate: bool
    frames: int
    saved: str
    words: str
    job: str
    shots: tuple[Shot, ...] = ()


class TrainingState(StrEnum):
    """Where a training stands."""

    IDLE = "idle"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class TrainingPoint(Said, frozen=True):
    """One point of a training's curve: the mean loss since the point before, and the IoU on the frames kept aside
    where it was measured."""

    iteration: int
    loss: float
    iou: float | None


class Training(Said, frozen=True):
    """Progress of the trainer. `iou_before` and `iou_after` are scores on frames kept aside, None until measured;
    `regression_before` and `regression_after` those on the built-in drawn scenes, which stand for all other rooms.

    `frames_aside` is 0 where there were too few to keep any aside and the training frames are the judges. `curve` is
    the whole run so far in at most 200 points. `preview` shows up to three frames kept aside, cut out by the weights so
    far. `swapped` says that the result is in use: RollBackWeights to segment undoes it. `run` is the run's folder.
    """

    state: TrainingState
    job: str
    iteration: int
    iterations: int
    loss: float | None
    eta_s: float | None
    iou_before: float | None
    iou_after: float | None
    weights_id: str
    words: str
    preview: Image | None
    regression_before: float | None = None
    regression_after: float | None = None
    frames_aside: int = 0
    curve: tuple[TrainingPoint, ...] = ()
    swapped: bool = False
    run: str = ""


class ServiceState(StrEnum):
    """How a service says it is doing."""

    STARTING = "starting"
    RUNNING = "running"
    DEGRADED = "degraded"
    STOPPING = "stopping"


class Health(Said, frozen=True):
    """A service's heartbeat, sent from its main loop. Rates and latency are over the last seconds; None if unknown."""

    service: str
    state: ServiceState
    pid: int
    uptime_s: float
    rate_hz: float | None
    latency_ms: float | None
    device: str
    error: str


Message = Frame | Palms | Mask | Plate | Recording | Training | Health


class LearnPlate(Said, frozen=True):
    """To segment: learn the plate from the next `seconds` of frames. `insist` accepts one with a person in it."""

    seconds: float
    insist: bool = False


class LoadPlate(Said, frozen=True):
    """To segment: use this image as the plate. `origin` says where it came from, for messages."""

    image: Image
    origin: str


class ClearPlate(Said, frozen=True):
    """To segment: forget the plate."""


class SwapWeights(Said, frozen=True):
    """To segment: use these weights, the bytes of a safetensors file."""

    weights: Blob
    origin: str


class RollBackWeights(Said, frozen=True):
    """To segment: go back to the weights in use before the last swap."""


class AskWeights(Said, frozen=True):
    """To segment: answer with the weights in use."""


class Capture(Said, frozen=True):
    """To recorder: count down, then save the plate (Bkg) or a frame (Sav). None takes the recorder's own seconds."""

    target: RecordingTarget
    seconds: float | None = None


class CancelCapture(Said, frozen=True):
    """To recorder: stop counting down."""


class UndoSave(Said, frozen=True):
    """To recorder: move what was saved last in the set, with its mask, into the set's trash folder; repeatable."""


class Train(Said, frozen=True):
    """To trainer: fine-tune on the sets on disk. Empty `sets` means all of them."""

    iterations: int
    batch: int
    sets: tuple[int, ...] = ()


class StopTraining(Said, frozen=True):
    """To trainer: save and stop."""


class TellTraining(Said, frozen=True):
    """To trainer: publish how a training goes that runs in another process. Refused while the service trains itself."""

    training: Training


class LockCamera(Said, frozen=True):
    """To camera: hold exposure, white balance and focus of a webcam where its driver lets them be held.

    They are found anew first if they were held already, so it takes up to 4 s. Done, with empty `words` where there is
    nothing to hold (no webcam, `--no-lock`); `detail` has `locked`, the things held with commas between.
    """


class UnlockCamera(Said, frozen=True):
    """To camera: give back to the webcam what LockCamera took."""


class AskStatus(Said, frozen=True):
    """To any service: answer with its Health now."""


Request = (
    LearnPlate
    | LoadPlate
    | ClearPlate
    | SwapWeights
    | RollBackWeights
    | AskWeights
    | Capture
    | CancelCapture
    | UndoSave
    | Train
    | StopTraining
    | TellTraining
    | LockCamera
    | UnlockCamera
    | AskStatus
)


class Done(Said, frozen=True):
    """It is done. `words` tells a person what; `detail` holds what a program may want (ids, paths)."""

    words: str
    detail: dict[str, str]


class Accepted(Said, frozen=True):
    """It has begun; `job` names it in the messages that tell how it goes."""

    job: str
    words: str


class Refused(Said, frozen=True):
    """It was not done and nothing changed; `words` says why and what to do."""

    words: str


class WeightsInUse(Said, frozen=True):
    """The weights in use, the bytes of a safetensors file, and their id."""

    weights: Blob
    weights_id: str


Reply = Done | Accepted | Refused | WeightsInUse | Health
