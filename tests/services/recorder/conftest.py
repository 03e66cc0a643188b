"""The recorder to test."""

from pathlib import Path

import pytest

from common.messages import Accepted
from tests.services.recorder.studio import Studio


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """With a segment that accepts."""
    return Studio(tmp_path, answer=Accepted("job-1", ""))
