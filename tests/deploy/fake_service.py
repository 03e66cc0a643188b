"""A service with nothing to do, for tests of what runs services. Files in $FAKE_ORDERS tell it how to behave:
`NAME.exit` holds the exit status to end with at once, `NAME.stubborn` makes it deaf to SIGTERM."""

import os
import signal
import sys
from pathlib import Path

from common.service import Vitals, running
from common.settings import load_settings
from deploy.board import page_path


def main() -> None:
    name = os.environ["SUPERVISOR_PROCESS_NAME"]
    orders = Path(os.environ["FAKE_ORDERS"])
    with running(name, load_settings()) as service:
        if name == "ui":
            page_path(service.places).write_text("http://127.0.0.1:1/?token=fake")
        if (orders / f"{name}.stubborn").exists():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while not service.stopping():
            service.wait(0.05)
            service.requests()
            service.beat(Vitals(device=os.environ.get("FAKE_DEVICE", "none")))
            if (orders / f"{name}.exit").exists():
                sys.exit(int((orders / f"{name}.exit").read_text()))


if __name__ == "__main__":
    main()
