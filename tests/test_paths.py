"""A run's files lie where the user said, and nobody else can read them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path

import pytest

from posture_monitor.commands.context import open_context
from posture_monitor.domain import AlreadyRunning, ConfigError, StoreError
from posture_monitor.history.store import Store
from posture_monitor.system.paths import Paths, resolve_paths, single_instance
from posture_monitor.system.private_files import private_file

HOLDER = """
import sys, time
from pathlib import Path
from posture_monitor.system.paths import single_instance
with single_instance(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def open_umask():
    """The most careless umask, under which only explicit permissions protect."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def hold(lock_file: Path) -> subprocess.Popen[str]:
    """Another program that holds the lock."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    return other


def read_as(account: int, data_dir: str, config: str) -> None:
    """A call of the program by another account, as far as settings and record go."""
    os.setgid(account)
    os.setuid(account)
    context = open_context(data_dir, config, verbose=False)
    context.open_store().close()
    assert context.settings.camera.width_px == 800


def test_given_data_folder_holds_everything(tmp_path):
    paths = resolve_paths(tmp_path / "run", environment={})

    assert paths == Paths(
        data_dir=tmp_path / "run",
        config_file=tmp_path / "run" / "config.toml",
        log_file=tmp_path / "run" / "posture-monitor.log",
        database_file=tmp_path / "run" / "history.db",
        lock_file=tmp_path / "run" / "monitor.lock",
        control_file=tmp_path / "run" / "control",
    )


def test_data_folder_comes_from_the_environment_unless_an_option_names_another(tmp_path):
    environment = {"POSTURE_MONITOR_DATA_DIR": str(tmp_path / "env")}

    assert resolve_paths(environment=environment).data_dir == tmp_path / "env"
    assert resolve_paths(tmp_path / "option", environment=environment).data_dir == (
        tmp_path / "option"
    )


def test_named_config_file_is_taken_and_the_rest_stays(tmp_path):
    paths = resolve_paths(tmp_path, config_file=tmp_path / "mine.toml", environment={})

    assert paths.config_file == tmp_path / "mine.toml"
    assert paths.database_file == tmp_path / "history.db"


def test_relative_data_folder_stays_the_same_wherever_the_program_goes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    paths = resolve_paths("here", environment={})

    assert paths.data_dir == tmp_path / "here"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names of the XDG folders")
def test_without_a_data_folder_the_desktops_own_places_are_used(tmp_path, monkeypatch):
    for kind in ("DATA", "CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind))

    paths = resolve_paths(environment={})

    assert paths.database_file == tmp_path / "DATA" / "posture-monitor" / "history.db"
    assert paths.config_file == tmp_path / "CONFIG" / "posture-monitor" / "config.toml"
    assert paths.log_file == (
        tmp_path / "STATE" / "posture-monitor" / "log" / "posture-monitor.log"
    )


def test_new_folders_are_closed_to_others(tmp_path, open_umask):
    resolve_paths(tmp_path / "a" / "b", environment={}).ensure()

    assert mode(tmp_path / "a") == "0o700"
    assert mode(tmp_path / "a" / "b") == "0o700"


@pytest.mark.parametrize("open_mode", [0o755, 0o777, 0o1777, 0o2770])
def test_folder_that_was_there_keeps_its_permissions(tmp_path, open_mode):
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "photo.jpg").touch(mode=0o644)
    folder.chmod(open_mode)

    resolve_paths(folder, environment={}).ensure()
    with Store(folder / "history.db"):
        pass

    assert folder.stat().st_mode & 0o7777 == open_mode
    assert mode(folder / "photo.jpg") == "0o644"
    assert mode(folder / "history.db") == "0o600"


def test_folder_of_a_named_settings_file_is_only_read(tmp_path):
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "mine.toml").write_text("[camera]\nwidth_px = 800\n")
    etc.chmod(0o555)
    paths = resolve_paths(tmp_path / "data", config_file=etc / "mine.toml", environment={})
    paths.ensure()

    assert mode(etc) == "0o555"
    assert etc not in paths.folders


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a program as another account")
def test_settings_file_that_may_be_read_serves_where_its_folder_may_not_be_written():
    with tempfile.TemporaryDirectory() as name:  # pytest's own is closed to other accounts
        folder = Path(name)
        folder.chmod(0o755)
        data = folder / "data"
        data.mkdir()
        os.chown(data, 12345, 12345)
        (folder / "mine.toml").write_text("[camera]\nwidth_px = 800\n")
        (folder / "mine.toml").chmod(0o644)
        other = get_context("fork").Process(
            target=read_as, args=(12345, str(data), str(folder / "mine.toml"))
        )
        other.start()
        other.join(30.0)

    assert other.exitcode == 0


def test_account_without_a_home_folder_is_told(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda _uid: (_ for _ in ()).throw(KeyError))

    with pytest.raises(ConfigError, match=r"HOME is not set.* --data-dir"):
        resolve_paths(environment={})
    with pytest.raises(ConfigError, match=r"home folder in ~/x is not known"):
        resolve_paths("~/x", environment={})
    assert resolve_paths(tmp_path / "data", environment={}).data_dir == tmp_path / "data"
    assert list(tmp_path.iterdir()) == []


def test_file_in_place_of_the_data_folder_is_told(tmp_path):
    (tmp_path / "run").write_text("")

    with pytest.raises(StoreError, match=r"can't create the folder .* or use --data-dir"):
        resolve_paths(tmp_path / "run" / "deeper", environment={}).ensure()


def test_file_where_the_data_folder_should_be_is_told(tmp_path):
    (tmp_path / "run").write_text("")

    with pytest.raises(StoreError, match="is a file"):
        resolve_paths(tmp_path / "run", environment={}).ensure()


def test_new_file_is_for_the_user_alone_whatever_the_umask(tmp_path, open_umask):
    assert mode(private_file(tmp_path / "log")) == "0o600"


def test_open_file_is_closed_and_keeps_its_content(tmp_path):
    path = tmp_path / "log"
    path.write_text("yesterday")
    path.chmod(0o644)

    private_file(path)

    assert mode(path) == "0o600"
    assert path.read_text() == "yesterday"


def test_file_in_a_missing_folder_is_told(tmp_path):
    with pytest.raises(StoreError, match="can't write"):
        private_file(tmp_path / "missing" / "log")


def test_second_monitor_is_told_what_to_do(tmp_path):
    lock_file = tmp_path / "monitor.lock"
    with hold(lock_file) as other:
        with pytest.raises(AlreadyRunning) as caught, single_instance(lock_file):
            pass
        other.communicate()

    assert str(caught.value) == (
        f"a monitor already runs on {tmp_path}; end it with `posture-monitor stop`,"
        " or give this one another --data-dir"
    )


def test_lock_is_free_again_after_the_holder_was_killed(tmp_path):
    lock_file = tmp_path / "monitor.lock"
    with hold(lock_file) as other:
        other.send_signal(signal.SIGKILL)
        other.communicate()

    with single_instance(lock_file):
        held = lock_file.exists()

    assert held


def test_lock_is_free_again_after_an_error_inside(tmp_path):
    lock_file = tmp_path / "monitor.lock"
    with pytest.raises(KeyError), single_instance(lock_file):
        raise KeyError

    with single_instance(lock_file):
        mode_while_held = mode(lock_file)

    assert mode_while_held == "0o600"
