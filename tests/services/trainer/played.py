"""A service that a thread plays on a real control socket."""

import threading
import time

from common.messages import Reply, Request
from common.places import Places
from common.service import Service
from common.settings import Settings


class Played:
    """Keeps what it was `asked`, and gives the same `answer` to all after `slow_s`; but `first` those, one by one."""

    def __init__(self, name: str, where: Places, answer: Reply) -> None:
        self.asked: list[Request] = []
        self.answer, self.slow_s = answer, 0.0
        self.first: list[Reply] = []
        self._service = Service(name, Settings(), where, ())
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._service.stopping():
            self._service.wait(0.02)
            for call in self._service.requests():
                time.sleep(self.slow_s)
                self.asked.append(call.request)
                call.reply(self.first.pop(0) if self.first else self.answer)

    def close(self) -> None:
        self._service.stop()
        self._thread.join(5)
        self._service.close()
