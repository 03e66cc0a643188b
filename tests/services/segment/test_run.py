"""The loop of segment under a fake bus."""

from msgspec.structs import replace

from common.clock import boot_id, now_ns
from common.messages import Frame, Mask
from services.segment.main import run
from tests.fakes import FakeService
from tests.services.segment.learned import learned
from tests.services.segment.scene import Studio


def captured(studio: Studio, ago_s: float, boot: str) -> Frame:
    frame = studio.frame()
    return replace(frame, key=replace(frame.key, capture_ns=now_ns() - round(1e9 * ago_s), boot=boot))


def test_each_mask_counts_with_the_time_since_its_capture_where_that_is_known(studio: Studio) -> None:
    learned(studio)
    frames = [captured(studio, 0.05, boot_id()), captured(studio, 0.05, "another host's")]
    service = FakeService([[frame] for frame in frames], "segment")
    run(service, studio.segment)
    assert [mask.key for mask in service.of(Mask)] == [frame.key for frame in frames]
    sample = service.metrics.registry.get_sample_value
    assert sample("bgsub_latency_seconds_count", {"what": "mask"}) == 1
    assert 0.05 < (sample("bgsub_latency_seconds_sum", {"what": "mask"}) or 0) < 30
    assert sample("bgsub_step_seconds_count", {"step": "turn"}) == len(frames) + 1


def test_a_machine_that_is_too_slow_masks_the_newest(studio: Studio) -> None:
    learned(studio)
    frames = [captured(studio, 0, boot_id()) for _ in range(7)]
    service = FakeService([frames], "segment")
    run(service, studio.segment)
    assert [mask.key for mask in service.of(Mask)] == [frames[-1].key]
