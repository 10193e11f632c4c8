"""What a machine can lack: a fit Python, apt, an Odoo 19, disk space, a network that lasts."""

import ast
import errno
import hashlib
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from bootstrap import cli, debian, files, odoo_source, progress, system
from bootstrap.errors import Problem, from_os_error
from bootstrap.settings import ROOT

ENTRY = ROOT / "tools" / "itsms.py"


class TestPython:
    def test_too_old_is_told_in_words(self):
        code = (
            "import runpy, sys; sys.version_info = (3, 8, 1);"
            f"sys.argv = ['itsms.py', 'run']; runpy.run_path({str(ENTRY)!r}, run_name='__main__')"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 1
        assert "Python 3.8 does not run Odoo 19" in done.stderr
        assert "PYTHON=python3.11" in done.stderr
        assert "Traceback" not in done.stderr

    def test_entry_can_be_read_by_an_old_python(self):
        ast.parse(ENTRY.read_text(), feature_version=(3, 6))

    def test_without_venv_module(self, settings, monkeypatch):
        from bootstrap import python_env

        monkeypatch.setattr(python_env.sys, "executable", "false")
        with pytest.raises(Problem, match="No virtual environment") as caught, \
                progress.step("Python packages") as current:
            python_env.environment(settings, settings.venv, "odoo.txt", current)
        assert "python3-venv" in caught.value.todo
        assert not files.is_stamped(settings.venv, "anything")


class TestOwnOdoo:
    @pytest.fixture
    def make_odoo(self, tmp_path):
        def make(place=".", version="(19, 0, 0, FINAL, 0, '')"):
            folder = tmp_path / "own" / place / "odoo"
            folder.mkdir(parents=True)
            (folder / "release.py").write_text(f"FINAL = 'final'\nversion_info = {version}\n")
            return tmp_path / "own"

        return make

    def test_checkout(self, make_odoo):
        folder = make_odoo()
        assert odoo_source.own_odoo(folder) == folder

    @pytest.mark.parametrize("place", [
        "usr/lib/python3/dist-packages", "lib/python3/dist-packages",
        "lib/python3.12/site-packages",
    ])
    def test_installation(self, make_odoo, place):
        folder = make_odoo(place)
        assert odoo_source.own_odoo(folder) == folder / place

    def test_other_version_is_named(self, make_odoo):
        folder = make_odoo(version="(18, 0, 0, FINAL, 0, '')")
        with pytest.raises(Problem, match=r"is Odoo 18\.0"):
            odoo_source.own_odoo(folder)

    def test_no_odoo_at_all(self, tmp_path):
        with pytest.raises(Problem, match="is no Odoo"):
            odoo_source.own_odoo(tmp_path)

    def test_missing_folder(self, tmp_path):
        with pytest.raises(Problem, match="is no Odoo"):
            odoo_source.own_odoo(tmp_path / "nowhere")


class TestNoApt:
    def test_says_that_odoo_can_be_given(self, settings, monkeypatch):
        monkeypatch.setenv("PATH", str(settings.root))
        with pytest.raises(Problem, match="no `apt-get`") as caught:
            odoo_source.prepare(settings)
        assert "set ODOO" in caught.value.todo

    def test_not_debian(self, monkeypatch):
        monkeypatch.setattr(debian.Path, "read_text", lambda path: "ID=fedora\n")
        with pytest.raises(Problem, match="not Debian"):
            debian.running_suite()

    def test_no_mirror_for_the_suite(self, fake_program):
        fake_program("apt-get", "echo 'site://mirror other main'")
        with pytest.raises(Problem, match="knows no mirror"):
            debian.mirror("bookworm")


class TestDiskFull:
    def test_seen_before(self, settings, monkeypatch):
        def usage(_path):
            return SimpleNamespace(free=5_000_000)

        monkeypatch.setattr(files.shutil, "disk_usage", usage)
        with pytest.raises(Problem, match="1700 MB needed, 5 MB free") as caught:
            files.need_space(settings.home, 1_700_000_000, "Odoo")
        assert "ITSMS_HOME" in caught.value.todo

    def test_seen_while_writing(self, monkeypatch, capsys):
        def full(_settings, _arguments):
            raise OSError(errno.ENOSPC, "No space left on device", "some/file")

        monkeypatch.setitem(cli.COMMANDS, "run", full)
        assert cli.main(["run"]) == 1
        said = capsys.readouterr().err
        assert "The disk is full" in said
        assert "some/file" in said

    def test_seen_by_a_program(self, settings):
        script = "echo 'write: No space left on device' >&2; exit 1"
        with pytest.raises(Problem, match="The disk is full"):
            progress.run(["sh", "-c", script], settings.logs / "x.log", "It failed.", "retry")

    def test_while_unpacking(self, settings, fake_program):
        fake_program("dpkg", "echo 'dpkg: No space left on device' >&2; exit 2")
        with pytest.raises(Problem, match="The disk is full"):
            debian.unpack([settings.root / "odoo.deb"], settings.home)

    def test_not_writable(self):
        problem = from_os_error(PermissionError(errno.EACCES, "Permission denied", ".itsms"))
        assert "Not allowed to write" in problem.what

    def test_other_errors_are_not_disguised(self):
        assert from_os_error(OSError(errno.EINTR, "interrupted")) is None


class TestSystemPackages:
    @pytest.fixture(autouse=True)
    def machine(self, monkeypatch, settings):
        """A machine with nothing on it, and us as root."""
        self.settings, self.there = settings, set()
        monkeypatch.setattr(system, "is_there", lambda name: name in self.there)
        monkeypatch.setattr(system.os, "geteuid", lambda: 0)

    def test_missing_is_told_when_not_root(self, monkeypatch, capsys):
        monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
        system.prepare(self.settings, system.TESTING)
        said = capsys.readouterr().out
        assert "the browser tours (they are skipped and counted)" in said
        assert "apt-get install chromium poppler-utils" in said

    def test_not_allowed(self, fake_program, capsys):
        fake_program("apt-get", "echo called; exit 1")
        system.prepare(replace(self.settings, system_packages=False), system.PRINTING)
        assert "missing: fonts-noto-cjk, wkhtmltopdf" in capsys.readouterr().out
        assert not (self.settings.logs / "apt-system.log").exists()

    def test_installed_as_root(self, fake_program, capsys):
        fake_program("apt-get", "exit 0")
        system.prepare(self.settings, system.PRINTING)
        assert "installed fonts-noto-cjk, wkhtmltopdf" in capsys.readouterr().out

    def test_without_network_it_goes_on_and_does_not_ask_each_time(self, fake_program, capsys):
        fake_program("apt-get", "echo 'no network' >&2; exit 100")
        system.prepare(self.settings, system.PRINTING)
        assert "could not be installed" in capsys.readouterr().out
        tried = (self.settings.logs / "apt-system.log").read_text()
        system.prepare(self.settings, system.PRINTING)
        assert (self.settings.logs / "apt-system.log").read_text() == tried
        assert "An administrator can add them" in capsys.readouterr().out


class TestDownload:
    """A fake apt-get that behaves as the real one does when a line breaks."""

    CONTENT = b"a whole package" * 1000

    @pytest.fixture
    def apt(self, settings, fake_program, monkeypatch, tmp_path):
        origin = tmp_path / "mirror.deb"
        origin.write_bytes(self.CONTENT)
        sha256 = hashlib.sha256(self.CONTENT).hexdigest()
        line = f"'site://x/odoo.deb' odoo.deb {len(self.CONTENT)} SHA256:{sha256}"
        fake_program("dpkg", "exit 0")
        fake_program("apt-get", f"""
            case "$*" in
                *indextargets*) echo "site://x $SUITE main";;
                *update*) ;;
                *--print-uris*) echo "{line}";;
                *download*)
                    if [ -n "$BREAK" ]; then head -c 5000 {origin} > odoo.deb; exit 100; fi
                    if [ -n "$DAMAGE" ]; then head -c {len(self.CONTENT)} /dev/zero > odoo.deb
                    else cp {origin} odoo.deb; fi;;
            esac
        """)
        monkeypatch.setattr(debian, "running_suite", lambda: "bookworm")
        monkeypatch.setenv("SUITE", "bookworm")

        def fetch():
            folder = settings.downloads / "odoo"
            with progress.step("Odoo 19") as current:
                return debian.fetch(["odoo-19/sid"], folder, settings.logs / "apt.log", current)

        return fetch

    def test_broken_off_then_whole(self, apt, monkeypatch, settings):
        monkeypatch.setenv("BREAK", "1")
        with pytest.raises(Problem, match="broke off") as caught:
            apt()
        assert "goes on where it stopped" in caught.value.todo
        assert not (settings.downloads / "odoo" / "index.json").exists()
        monkeypatch.delenv("BREAK")
        assert [path.read_bytes() for path in apt()] == [self.CONTENT]

    def test_damaged_is_thrown_away(self, apt, monkeypatch, settings):
        monkeypatch.setenv("DAMAGE", "1")
        with pytest.raises(Problem, match="arrived damaged"):
            apt()
        assert not (settings.downloads / "odoo" / "odoo.deb").exists()

    def test_second_time_needs_no_network(self, apt, fake_program):
        apt()
        fake_program("apt-get", "exit 1")
        assert [path.read_bytes() for path in apt()] == [self.CONTENT]

    def test_damage_on_disk_is_noticed(self, apt, settings):
        apt()
        file = settings.downloads / "odoo" / "odoo.deb"
        file.write_bytes(b"\0" * len(self.CONTENT))
        assert [path.read_bytes() for path in apt()] == [self.CONTENT]


class TestHalfUnpacked:
    def test_is_never_taken_for_whole(self, settings, fake_program, monkeypatch):
        """Interrupted after half the files: the next run unpacks again, from nothing."""
        monkeypatch.setattr(debian, "running_suite", lambda: "bookworm")
        deb = settings.downloads / "odoo-19.deb"
        deb.touch()
        monkeypatch.setattr(debian, "fetch", lambda *arguments: [deb])
        release = f"$3/{odoo_source.PACKAGE_PATH}/odoo"
        half = f"mkdir -p {release}; echo half > {release}/half; "
        fake_program("dpkg", half + "echo interrupted >&2; exit 2")
        with pytest.raises(Problem, match="Could not unpack"):
            odoo_source.prepare(settings)
        assert not (settings.home / "odoo").exists()

        jquery = f"{release}/addons/web/static/lib/jquery"
        fake_program("dpkg", (
            f"mkdir -p {jquery}; touch {jquery}/jquery.js;"
            f"echo 'version_info = (19, 0)' > {release}/release.py"
        ))
        path = odoo_source.prepare(settings)
        assert odoo_source.series(path / "odoo") == "19.0"
        assert not (path / "odoo" / "half").exists()
        fake_program("dpkg", "exit 1")
        assert odoo_source.prepare(settings) == path  # ready, nothing is run

    def test_folder_without_stamp_is_replaced(self, settings):
        folder = settings.home / "odoo"
        folder.mkdir()
        (folder / "old").touch()
        assert not files.is_stamped(folder, "stamp")
        with files.building(folder, "stamp") as new:
            (new / "fresh").touch()
        assert files.is_stamped(folder, "stamp")
        assert not (folder / "old").exists()
