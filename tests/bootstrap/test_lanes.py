"""`make test` in lanes: who runs which file, what is shown, how it ends."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

import pytest_lanes
from bootstrap import lanes, testing
from bootstrap.progress import TIMES
from bootstrap.settings import ROOT, Settings

# Waits for the test of the same kind in another file: both must run at the same time.
MEETING = """
    import os, pathlib, time
    here = pathlib.Path(__file__)
    def test_meets_the_other_lane():
        here.with_suffix(".here").touch()
        deadline = time.monotonic() + 60
        while len(list(here.parent.glob("*.here"))) < 2:
            assert time.monotonic() < deadline, "the other lane never came"
            time.sleep(0.02)
    def test_fails():
        assert False
"""
ORDINARY = """
    import os, pathlib, pytest
    @pytest.fixture(scope="module", autouse=True)
    def prepared():
        log("begins")
        yield
        log("ends")
    def log(text):
        with open(pathlib.Path(__file__).with_name("log"), "a") as out:
            out.write(f"{pathlib.Path(__file__).stem} {text} {os.getpid()}\\n")
    def test_one(): log("one")
    def test_two(): log("two")
"""


@pytest.fixture
def project(tmp_path):
    """A folder with tests, and pytest processes that share it."""
    root = tmp_path / "project"
    (root / "run").mkdir(parents=True)
    (root / "pytest.ini").touch()
    return Project(root)


class Project:
    def __init__(self, root):
        self.root = root

    def write(self, **files):
        for name, text in files.items():
            (self.root / f"{name}.py").write_text(textwrap.dedent(text))

    def process(self, lane, *arguments):
        """The command and the environment of one lane."""
        command = [
            sys.executable, "-m", "pytest", "-p", "no:odoo", "-p", "pytest_lanes",
            "-o", "console_output_style=classic", *arguments,
        ]
        return command, os.environ | {
            "PYTHONPATH": str(ROOT / "tools"), "ITSMS_RUN": str(self.root / "run"),
            "ITSMS_LANE": str(lane), "ITSMS_DURATIONS": str(self.root / "durations.json"),
        }

    def alone(self, lane, *arguments):
        command, environment = self.process(lane, *arguments)
        return subprocess.run(
            command, env=environment, cwd=self.root, capture_output=True, text=True
        )

    def seconds(self, lane):
        return json.loads((self.root / "run" / f"seconds-{lane}.json").read_text())

    def log(self):
        return [line.split() for line in (self.root / "log").read_text().splitlines()]


class TestSharing:
    def test_every_file_is_run_once_and_whole(self, project, capsys):
        ordinary = {f"test_{letter}": ORDINARY for letter in "abcdefgh"}
        project.write(test_y=MEETING, test_z=MEETING, **ordinary)
        (project.root / "durations.json").write_text('{"test_y.py": 9, "test_z.py": 8}')
        commands, environments = zip(project.process(1), project.process(2))
        assert lanes.run(commands, environments, project.root) == [1, 1]
        for name in ordinary:
            found = [(text, pid) for file, text, pid in project.log() if file == name]
            assert [text for text, pid in found] == ["begins", "one", "two", "ends"]
            assert len({pid for text, pid in found}) == 1
        one, two = project.seconds(1), project.seconds(2)
        assert not set(one) & set(two)
        assert set(one) | set(two) == {f"{name}.py" for name in (*ordinary, "test_y", "test_z")}
        said = capsys.readouterr().out
        assert "1│ test_y.py .F  " in said or "2│ test_y.py .F  " in said
        assert "[10/10]" in said
        self.reports_stand_whole(said)
        again = project.alone("", "--lf", "--collect-only", "-q").stdout
        assert {line for line in again.splitlines() if "::" in line} == {
            "test_y.py::test_fails", "test_z.py::test_fails",
        }

    def reports_stand_whole(self, said):
        live, first, second = said.split("── Lane ")
        assert "FAILURES" not in live
        for report in (first, second):
            assert report.count("= FAILURES =") == 1
            assert report.count("1 failed, ") == 1
            assert "│" not in report.splitlines()[1]

    def test_what_another_lane_took_is_left_alone(self, project):
        project.write(test_a=ORDINARY, test_b=ORDINARY)
        (project.root / "run" / "taken").write_text("test_a.py\n")
        done = project.alone(2)
        assert done.returncode == 0
        assert {file for file, _text, _pid in project.log()} == {"test_b"}
        assert project.alone(1).returncode == 0, "a lane that finds nothing is no failure"

    def test_told_to_stop_all_lanes_stop(self, project):
        project.write(test_a="def test_a(): assert False", test_b=ORDINARY)
        (project.root / "durations.json").write_text('{"test_a.py": 9}')
        assert project.alone(1, "-x").returncode != 0
        assert project.alone(2, "-x").returncode == 0
        assert not (project.root / "log").exists()
        assert project.seconds(2) == {}

    def test_file_that_cannot_be_read_breaks_the_lane(self, project):
        project.write(test_a="import nowhere", test_b=ORDINARY)
        assert project.alone(1).returncode == 2
        assert not (project.root / "log").exists()

    def test_alone_it_only_takes_the_time(self, project):
        project.write(test_a=ORDINARY, test_b=ORDINARY)
        done = project.alone("", "-k", "one")
        assert "2 passed, 2 deselected" in done.stdout
        assert "│" not in done.stdout and lanes.CLOSING not in done.stdout
        assert sorted(project.seconds(0)) == ["test_a.py", "test_b.py"]


class TestOrder:
    @pytest.fixture
    def paths(self, tmp_path):
        made = {
            "small": "x" * 1000, "middle": "x" * 3000, "large": "x" * 9000,
            "tour": "self.start_tour('/', 'x')", "tours": "self.start_tour('/', 'x')" * 100,
        }
        for name, text in made.items():
            (tmp_path / name).write_text(text)
        return {name: tmp_path / name for name in made}

    def test_by_size_on_a_new_machine(self, paths):
        found = pytest_lanes.order(paths, {}, browser_first=False)
        assert found == ["large", "middle", "small", "tours", "tour"]

    def test_one_browser_at_a_time(self, paths):
        found = pytest_lanes.order(paths, {}, browser_first=True)
        assert found == ["tours", "tour", "large", "middle", "small"]

    def test_by_what_was_measured(self, paths):
        found = pytest_lanes.order(paths, {"small": 7, "tour": 90}, browser_first=False)
        assert found == ["large", "small", "middle", "tour", "tours"]

    def test_measured_times_are_kept(self, settings, tmp_path):
        for name in ("test_a.py", "test_b.py"):
            (settings.root / name).touch()
        testing.durations(settings).write_text('{"test_a.py": 1, "gone.py": 5}')
        (tmp_path / "seconds-1.json").write_text('{"test_a.py": 2.5}')
        (tmp_path / "seconds-2.json").write_text('{"test_b.py": 3}')
        testing.remember(settings, tmp_path)
        kept = pytest_lanes.read_durations(testing.durations(settings))
        assert kept == {"test_a.py": 2.5, "test_b.py": 3}
        testing.durations(settings).write_text("half a fi")
        assert pytest_lanes.read_durations(testing.durations(settings)) == {}
        testing.remember(settings, tmp_path)


class TestNumber:
    @pytest.mark.parametrize(("told", "everything", "processors", "number"), [
        (None, True, 1, 1), (None, True, 2, 2), (None, True, 64, 2),
        (None, False, 2, 1), ("1", True, 2, 1), ("3", True, 1, 3), ("2", False, 1, 2),
    ])
    def test_of_lanes(self, tmp_path, told, everything, processors, number):
        settings = Settings.from_env({"ITSMS_LANES": told}, tmp_path)
        assert testing.lanes_of(settings, everything, processors) == number


class TestProcesses:
    def run(self, *scripts):
        commands = [[sys.executable, "-uc", textwrap.dedent(script)] for script in scripts]
        return lanes.run(commands, [dict(os.environ)] * len(scripts), ROOT)

    def test_told_apart_and_reports_at_the_end(self, capsys):
        codes = self.run(
            f"print('a'); print(); print({lanes.CLOSING!r}); print('report a')",
            "import sys; print('b', file=sys.stderr); sys.exit(3)",
        )
        assert codes == [0, 3]
        live, report = capsys.readouterr().out.split("\n── Lane 1 ")
        assert sorted(live.splitlines()) == ["1│ a", "2│ b"]
        assert report.splitlines()[1:] == ["report a"]

    @pytest.mark.parametrize(("stubborn", "codes"), [
        ("", [9, 9]), ("signal.signal(signal.SIGINT, signal.SIG_IGN)", [-9, -9]),
    ])
    def test_ctrl_c_ends_all(self, stubborn, codes, monkeypatch, capsys):
        """Asked once, as on a terminal; who does not listen is killed with what he started."""
        # started in the background of a shell, we would have inherited to ignore the signal
        signal.signal(signal.SIGINT, signal.default_int_handler)
        monkeypatch.setattr(lanes, "GRACE", 0.3 if stubborn else 60)
        script = f"""
            import signal, subprocess, sys
            signal.signal(signal.SIGINT, lambda *_: (print("told"), sys.exit(9)))
            {stubborn}
            child = subprocess.Popen(["sleep", "60"])
            print("child", child.pid)
            child.wait()
        """
        children, seen = [], []
        lane = lanes.Lane

        def say(text):
            seen.append(text)
            if "child" in text:
                children.append(int(text.split()[-1]))
                if len(children) == 2:
                    os.kill(os.getpid(), signal.SIGINT)

        made = []
        monkeypatch.setattr(lanes, "Lane", lambda *args: made.append(lane(*args)) or made[-1])
        monkeypatch.setattr(lanes, "say", say)
        try:
            with pytest.raises(KeyboardInterrupt):
                self.run(script, script)
            assert [lane.process.returncode for lane in made] == codes
            self.require_gone(children)
            assert sum("told" in text for text in seen) == (0 if stubborn else 2)
        finally:
            for lane in made:
                lane.kill()

    def require_gone(self, pids):
        deadline = time.monotonic() + 10
        while any(self.runs(pid) for pid in pids):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def runs(self, pid):
        """Told by its state: a killed process whose parent is gone may stay as a zombie."""
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                return stat.read().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    def test_kill_9_takes_the_lanes_along(self, tmp_path):
        """No orphan goes on with a database nobody will drop."""
        if sys.platform != "linux":
            pytest.skip("PR_SET_PDEATHSIG is Linux's")
        pid = tmp_path / "pid"
        child = os.fork()
        if child == 0:
            try:
                lanes.say = lambda text: (
                    pid.write_text(text.split()[-1]), os.kill(os.getpid(), signal.SIGKILL)
                )
                self.run("import os, time; print(os.getpid()); time.sleep(60)")
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        self.require_gone([int(pid.read_text())])

    def test_both_sides_know_the_same_mark(self):
        assert lanes.CLOSING == pytest_lanes.CLOSING


class TestVerdict:
    def lane(self, number, code, *count):
        return testing.Part(f"modules, lane {number}", testing.Count(*count), code)

    def test_failures_of_all_lanes_in_one_list(self, capsys, monkeypatch):
        monkeypatch.setattr("bootstrap.progress.TIMES", TIMES[:0])
        parts = [
            self.lane(1, 1, 5, 1, 0, ("test_a.py::test_a",)),
            self.lane(2, 1, 7, 1, 2, ("test_b.py::test_b",)),
        ]
        assert testing._summary(parts) == 1
        said = capsys.readouterr().out.splitlines()
        assert [line.strip() for line in said if "✗" in line] == [
            "✗ test_a.py::test_a", "✗ test_b.py::test_b",
        ]
        assert said[-1] == "12 passed, 2 failed, 2 skipped"

    @pytest.mark.parametrize(("lanes", "verdict"), [
        ([(0, 5, 0, 0), (0, 4, 0, 0)], 0),
        ([(0, 5, 0, 0), (0, 0, 0, 0)], 0),  # the other lane had taken everything
        ([(0, 5, 0, 0), (1, 4, 1, 0)], 1),
        ([(0, 5, 0, 0), (-9, 0, 1, 0)], 1),  # killed
        ([(0, 0, 0, 0), (0, 0, 0, 0)], 1),
    ])
    def test_one_verdict(self, lanes, verdict):
        parts = [self.lane(number, *lane) for number, lane in enumerate(lanes, 1)]
        assert testing.verdict(parts) == verdict
