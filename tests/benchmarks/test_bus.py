"""The benchmark of the bus gets pictures across in each of its ways, and compares like with like."""

import pytest

from benchmarks import bus
from common.places import Places


@pytest.mark.parametrize("way", ["bgsub copied", "bgsub loaned", "pyzmq held", "imagezmq"])
def test_pictures_arrive(way: str, instance: Places) -> None:
    instance.runtime.mkdir(parents=True)
    found = bus.measure(way, (120, 160), 2, 0.3, instance)
    assert found["arrived"] > 0
    assert found["p50_ms"] > 0


def test_like_is_compared_with_like() -> None:
    assert all(peer in bus.PEERS and bus.PEERS[peer] == peer for peer in bus.PEERS.values())
    assert all(
        way.endswith("copied") == (peer == "pyzmq copied") for way, peer in bus.PEERS.items() if "zmq" not in way
    )
