import os
from pathlib import Path

import pytest

from common.errors import UserError
from common.places import make_private, places


def test_instances_share_the_cache_and_nothing_else() -> None:
    one, other = places("one"), places("other")
    assert one.cache == other.cache
    assert one.runtime != other.runtime
    assert one.state != other.state
    assert not set(range(one.base_port, one.page_port + 1)) & set(range(other.base_port, other.page_port + 1))


def test_the_default_instance_has_the_documented_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BGSUB_INSTANCE")
    assert (places().instance, places().base_port, places().page_port) == ("default", 9700, 9710)


@pytest.mark.parametrize("name", ["../up", "a b", "x" * 25, "ä/"])
def test_a_name_that_is_no_folder_name_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="will not do"):
        places(name)


def test_without_a_runtime_folder_of_the_system_a_private_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert f"bgsub-{os.getuid()}" in str(places().runtime)


def test_a_folder_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    assert make_private(tmp_path / "open").stat().st_mode & 0o777 == 0o700


def test_a_socket_path_that_is_too_long_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from common.bus import endpoint
    from common.settings import Settings

    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    with pytest.raises(UserError, match="too long for a socket"):
        endpoint("frame.cam0", Settings(), places())


@pytest.mark.parametrize("words", ["abc", "", "0", "65530", "-5", "1e3", "٣"])
def test_a_port_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setenv("BGSUB_BASE_PORT", words)
    with pytest.raises(UserError, match="BGSUB_BASE_PORT is"):
        places()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file/bgsub cannot be made: Not a directory\. Set XDG_RUNTIME_DIR"):
        make_private(tmp_path / "file" / "bgsub")
