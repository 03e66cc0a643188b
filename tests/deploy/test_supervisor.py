import configparser
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path

from common.places import Places
from common.topics import SERVICES
from deploy.processes import TABLE, Process
from deploy.supervisor import config_text


def config_of(table: tuple[Process, ...], where: Places) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(config_text(table, where))
    return parser


def test_the_table_has_a_row_for_every_service_and_every_command_is_installed() -> None:
    assert sorted(row.name for row in TABLE) == sorted(SERVICES)
    installed = {point.name for point in entry_points(group="console_scripts") if point.value.startswith("services.")}
    assert {row.command for row in TABLE} <= installed


def test_all_processes_stop_together(instance: Places) -> None:
    assert config_of(TABLE, instance)["group:bgsub"]["programs"] == ",".join(row.name for row in TABLE)


def test_a_row_becomes_a_program(instance: Places) -> None:
    row = Process("pose", "bgsub-pose", env={"THREADS": "1"}, steady_s=7)
    program = config_of((row,), instance)["program:pose"]
    assert program["command"] == str(Path(sys.executable).parent / "bgsub-pose")
    assert program["environment"] == 'THREADS="1"'
    assert (program["startsecs"], program["autorestart"]) == ("7", "true")
    assert program["stdout_logfile"] == str(instance.state / "logs/pose.log")


def test_the_process_that_ends_all_is_not_started_again_after_an_orderly_end(instance: Places) -> None:
    program = config_of((Process("ui", "bgsub-ui", ends_all=True),), instance)["program:ui"]
    assert (program["autorestart"], program["exitcodes"]) == ("unexpected", "0")


def test_survives_percent_signs_and_spaces_in_paths(instance: Places) -> None:
    program = config_of((Process("camera", "/opt/50% off/camera"),), instance)["program:camera"]
    assert program["command"] == "'/opt/50%% off/camera'"


def test_services_write_with_the_users_own_umask(instance: Places) -> None:
    before = os.umask(0o027)
    try:
        assert config_of(TABLE, instance)["program:recorder"]["umask"] == "027"
    finally:
        os.umask(before)
