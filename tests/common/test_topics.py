from typing import get_args

import pytest

from common.messages import Message
from common.topics import SERVICES, TABLE, address, published_by, topic_of


def test_every_message_has_one_row() -> None:
    assert [row.message for row in TABLE] == list(get_args(Message))
    assert all(topic_of(row.message) is row for row in TABLE)


def test_every_publisher_is_a_service() -> None:
    assert {row.publisher for row in TABLE} <= {*SERVICES, "*"}


def test_no_address_is_the_beginning_of_another() -> None:
    addresses = [address(row, camera, "ui") for row in TABLE for camera in ("cam1", "cam10")]
    for one in set(addresses):
        assert not any(other != one and other.startswith(one) for other in addresses)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_a_heartbeat_that_is_watched(service: str) -> None:
    (health,) = (row for row in published_by(service) if row.kind == "health")
    assert health.alive_s > 1 / health.min_rate_hz
