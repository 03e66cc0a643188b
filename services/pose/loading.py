"""Gets the network ready without holding up the loop: waits for its weights, has them converted, loads them."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from common.settings import PoseSettings
from services.pose.engine import is_converted, model_folder
from services.pose.estimator import Estimator, PoseNetEstimator
from services.pose.models import MODELS, STRIDE

LOOK_EVERY_S = 1.0
CONVERT_S = 120.0


class Loading:
    """Ask `estimator()` each turn until it has one; `words` says meanwhile what is missing."""

    def __init__(self, settings: PoseSettings, cache: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._cache, self._clock = settings, cache, clock
        self._model = MODELS[settings.model]
        self._look_at = 0.0
        self._converting: subprocess.Popen[bytes] | None = None
        self._give_up_at = 0.0
        self.words = ""

    def estimator(self) -> Estimator | None:
        """The network, as soon as there are weights and they are converted."""
        if self._clock() < self._look_at:
            return None
        self._look_at = self._clock() + LOOK_EVERY_S
        if not self._model.path(self._cache).exists():
            self.words = "Palms are not seen: there are no pose weights. Run `bgsub fetch-pose`; the mouse works."
            return None
        return self._load() if self._is_converted() else None

    def close(self) -> None:
        """Ends a conversion under way."""
        if self._converting is not None:
            self._converting.kill()
            self._converting.wait(timeout=5)
            self._converting = None

    def _is_converted(self) -> bool:
        if is_converted(self._model, STRIDE, self._cache):
            self.close()
            return True
        self._convert()
        return False

    def _load(self) -> Estimator | None:
        try:
            return PoseNetEstimator(self._settings, self._cache)
        except RuntimeError:  # cut short on disk; it can be made again
            shutil.rmtree(model_folder(self._model, STRIDE, self._cache), ignore_errors=True)
            self.words = "The pose network on disk is damaged; it is made anew."
            return None

    def _convert(self) -> None:
        if self._converting is None:
            self.words = "Preparing the pose network, once …"
            command = [sys.executable, "-m", "services.pose.convert", self._model.name, str(STRIDE), str(self._cache)]
            self._converting = subprocess.Popen(command)
            self._give_up_at = self._clock() + CONVERT_S
        elif self._clock() > self._give_up_at:
            self.close()
        elif self._converting.poll():
            self.words = "The pose network could not be prepared: see the log. Delete its weights and fetch them again."
