"""A training's curve, bounded: where it has too many points, each two become one."""

from common.messages import TrainingPoint

MOST = 200


class Curve:
    """Points in the order of their iterations, each the mean loss of as many steps."""

    def __init__(self) -> None:
        self._points: list[TrainingPoint] = []
        self._span = 1  # steps a point
        self._losses: list[float] = []

    def add(self, iteration: int, loss: float, iou: float | None) -> None:
        """The next step; a point that is not full yet is not shown, unless an IoU came with it."""
        self._losses.append(loss)
        if iou is None and len(self._losses) < self._span:
            return
        mean = sum(self._losses) / len(self._losses)
        self._points.append(TrainingPoint(iteration, mean, iou))
        self._losses = []
        if len(self._points) >= MOST:
            pairs = zip(self._points[::2], self._points[1::2], strict=True)
            self._points = [merged(first, second) for first, second in pairs]
            self._span *= 2

    @property
    def points(self) -> tuple[TrainingPoint, ...]:
        return tuple(self._points)


def merged(first: TrainingPoint, second: TrainingPoint) -> TrainingPoint:
    iou = first.iou if second.iou is None else second.iou
    return TrainingPoint(second.iteration, (first.loss + second.loss) / 2, iou)
