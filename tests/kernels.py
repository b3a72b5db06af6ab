#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run a program that prints TAP on several kernels; print one table of results.

The kernels are the one that runs here, those that tests/archive.py has fetched,
and those that --kernel names. All but the first are booted under QEMU, without
KVM unless --accel says so, with src/oracle/guest/init.c as process 1. The program
is linked statically: the guest has nothing but it and the catalogue, as if both
were installed in /.

Exit status: 0 if no test failed on any kernel, 1 if one did or a kernel did not
get through all tests, 2 if that cannot be told.
"""

import argparse
import contextlib
import gzip
import json
import os
import pathlib
import re
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import typing

QEMU = "qemu-system-x86_64"
# All that QEMU can do, so that there are protection keys, but for page tables
# of five levels, which cost time. With 512 MiB or less, Linux turns transparent
# huge pages off.
MACHINE = ("-cpu", "max,la57=off", "-smp", "2", "-m", "768",
           "-nodefaults", "-display", "none", "-no-reboot")
# Warnings are of interest, and an oops is the end: what comes after it says
# nothing. A panic ends QEMU. On a busy machine the timer comes too late for 6.1,
# which takes that for hardware that does not work.
APPEND = "console=ttyS0 loglevel=5 oops=panic panic=-1 no_timer_check"

# Seconds that a guest may take to power off after the end of the program.
GRACE = 5

FRAME = re.compile(r"@@vmatlas (begin|end) (.*)")
RESULT = re.compile(r"(not )?ok\b ?\d*(?: - | )?(.*?)"
                    r"(?:\s*# *(skip|todo)\S*\s*(.*))?", re.I)
PLAN = re.compile(r"1\.\.(\d+)(?:\s*# *skip\S*\s*(.*))?", re.I)
# How Check names the test of a suite; whether it passed follows the name.
CHECK_NAME = re.compile(r"\S+\.c:([^:]+):\w+: ")

# What a kernel says when it has met something that it should not have.
ALARM = re.compile(r"Kernel panic|BUG:|WARNING:|Oops|soft lockup|stall")
EXPECTED = "reboot: Power down"


class Unusable(Exception):
    """Nothing can be said, for this reason."""


def say(text):
    """For people, and not a result."""
    print(f"kernels: {text}", file=sys.stderr)


def run(*command, cwd=None):
    """Run a program and return what it prints."""
    try:
        done = subprocess.run([str(c) for c in command], cwd=cwd, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              check=False)
    except OSError as err:
        raise Unusable(f"cannot run '{command[0]}': {err.strerror}") from err
    if done.returncode:
        said = (done.stderr.strip() or "no message").splitlines()
        raise Unusable(f"{command[0]}: {said[-1]}")
    return done.stdout


# ---- kernels of Debian ------------------------------------------------------

class Kernel(typing.NamedTuple):
    """What to boot. There is no image of what runs already."""
    image: pathlib.Path
    source: str
    version: str


def numbers(version):
    """What to order versions by."""
    return [int(n) for n in re.findall(r"\d+", version)]


def fetched(cache):
    """Every kernel that tests/archive.py has put there, oldest first."""
    for path in cache.glob("linux-*_*/vmlinuz-*"):
        name, version = path.parent.name.split("_", 1)
        yield Kernel(path, f"{name} {version}", version.split("-")[0])


def packaged(wanted, cache):
    """All of them, or those of each wanted release."""
    kernels = sorted(fetched(cache), key=lambda one: numbers(one.version))
    if wanted is None:
        return kernels
    found = {series: [one for one in kernels
                      if f"{one.version}.".startswith(f"{series}.")]
             for series in wanted}
    for series in wanted:
        if not found[series]:
            say(f"skipped: Linux {series}: there is none in {cache} "
                 "(make deps-kernels)")
    return [one for series in wanted for one in found[series]]


def running():
    """The kernel that needs no guest."""
    release = os.uname().release
    return Kernel(None, f"the running kernel, {release}", release)


def kernels_of(args):
    """Everything to run on, the running kernel last if it is asked."""
    kernels = packaged(args.series, args.cache)
    for path in args.kernel:
        if not path.is_file():
            raise Unusable(f"{path}: no such kernel")
        kernels.append(Kernel(path, str(path), path.name))
    return kernels if args.guests else [*kernels, running()]


# ---- what a guest sees ------------------------------------------------------

def stage(args, root):
    """The program and its catalogue, where it looks for it."""
    (root / "bin").mkdir(parents=True)
    program = root / "bin" / args.program.name
    shutil.copy(args.program, program)
    program.chmod(0o755)
    if args.catalog:
        shutil.copytree(args.catalog, root / "share/vmatlas/catalog")
    return program


def padded(data):
    """To a multiple of four bytes."""
    return data + bytes(-len(data) % 4)


def entry(name, mode, data=b"", device=(0, 0)):
    """A file in the format "newc" of cpio."""
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, *device,
              len(os.fsencode(name)) + 1, 0)
    head = "070701" + "".join(f"{field:08X}" for field in fields)
    return padded(head.encode() + os.fsencode(name) + b"\0") + padded(data)


def entries(init, root, command):
    """All files of a guest."""
    yield entry("dev", stat.S_IFDIR | 0o755)
    # Until devtmpfs is there, or where there is none.
    for name, device in (("console", (5, 1)), ("null", (1, 3)),
                         ("ttyS1", (4, 65))):
        yield entry(f"dev/{name}", stat.S_IFCHR | 0o600, device=device)
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.is_dir():
            yield entry(name, stat.S_IFDIR | 0o755)
        else:
            yield entry(name, path.stat().st_mode, path.read_bytes())
    yield entry("init", stat.S_IFREG | 0o755, init.read_bytes())
    yield entry("args", stat.S_IFREG | 0o644,
                b"".join(os.fsencode(word) + b"\0" for word in command))
    yield entry("TRAILER!!!", 0)


def write_initramfs(path, init, root, program, words):
    """The same for all kernels."""
    command = ["/" + str(program.relative_to(root)), *words]
    archive = b"".join(entries(init, root, command))
    path.write_bytes(gzip.compress(archive, mtime=0))


def qemu(kernel, initramfs, console, args):
    """The console is the first serial line, the program's output the second.
    It ends even if this is killed in a way that cannot be caught."""
    return ["timeout", "-k1", str(args.timeout + 2 * GRACE),
            QEMU, "-accel", args.accel, *MACHINE,
            "-kernel", kernel.image, "-initrd", initramfs,
            "-append", f"{APPEND} {args.append}".strip(),
            "-serial", f"file:{console}", "-serial", "stdio"]


# ---- running ----------------------------------------------------------------

def progress(text):
    """How far it is, on terminals only; nothing clears it."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text[:79]}", end="", file=sys.stderr, flush=True)


@contextlib.contextmanager
def started(command, errors):
    """A process in a group of its own, which does not outlive this."""
    process = subprocess.Popen([str(c) for c in command], bufsize=0,
                               stdin=subprocess.DEVNULL, stderr=errors,
                               stdout=subprocess.PIPE, start_new_session=True)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


class Test(typing.NamedTuple):
    """A result, and the lines that explain it."""
    name: str
    result: str
    reason: str
    lines: list


class Run:
    """A program on one kernel: what it printed, and how it ended."""

    def __init__(self, kernel, place):
        self.kernel = kernel
        self.console, self.errors = place / "console", place / "errors"
        self.version, self.release, self.build = kernel.version, None, None
        self.start, self.booted, self.seconds = time.monotonic(), None, None
        self.tests, self.plan, self.skipped, self.bail = [], None, None, None
        self.names, self.end, self.hung = set(), None, False
        if not kernel.image:
            self.begin("{0.release} {0.version}".format(os.uname()))

    def begin(self, uname):
        """From here on it is the program that runs."""
        self.release, self.build = uname.split(" ", 1)
        upstream = re.search(r"Debian (\d[\d.]*)", self.build) or \
            re.match(r"(\d[\d.]*)", self.release)
        self.version = upstream[1] if upstream else self.release
        self.booted = time.monotonic() - self.start

    def take(self, line):
        """A line of the program, or of the frame around it."""
        frame = self.kernel.image and FRAME.fullmatch(line)
        if not frame:
            self.take_tap(line)
        elif frame[1] == "begin":
            self.begin(frame[2])
        else:
            self.end = frame[2]

    def take_tap(self, line):
        """A line of TAP; others mean nothing."""
        if match := RESULT.fullmatch(line):
            self.tests.append(test_of(match, self.names))
            self.names.add(self.tests[-1].name)
        elif match := PLAN.fullmatch(line):
            self.plan, self.skipped = int(match[1]), match[2]
        elif line.startswith("Bail out!"):
            self.bail = line
        elif self.tests and line.startswith(("#", " ", "\t")):
            self.tests[-1].lines.append(line)

    def finish(self, status, hung):
        """How the process ended is how the program did, on this kernel."""
        self.seconds = time.monotonic() - self.start
        self.hung = hung and self.end is None
        if not self.kernel.image and not hung:
            self.end = f"exit {status}" if status >= 0 else f"signal {-status}"

    def count(self, result):
        """How many tests have this result."""
        return sum(test.result == result for test in self.tests)

    def said(self):
        """On the console, but for the boot, or by the program beside TAP."""
        path = self.console if self.kernel.image else self.errors
        text = path.read_text(errors="replace") if path.exists() else ""
        text = text.rpartition("@@vmatlas begin")[2]
        return [line for line in text.splitlines()
                if line and not line.endswith(EXPECTED)]

    def alarms(self):
        """What the kernel said that it should not have had to say."""
        return [line for line in self.said() if ALARM.search(line)] \
            if self.kernel.image else []

    def panic(self):
        """A kernel's last words."""
        return next((line[line.index("Kernel panic"):] for line in self.said()
                     if "Kernel panic" in line), "")

    def where(self):
        """How far it was."""
        if self.tests:
            return f"after '{self.tests[-1].name}'"
        return "before the first test" if self.release else "before init"

    def outcome(self):
        """In two or three words."""
        if self.hung:
            return "hang"
        if self.end is not None:
            return self.end
        return "panic" if self.panic() else "gone"

    def problems(self):
        """What is wrong beside tests that failed."""
        if self.hung:
            yield f"hangs {self.where()}, cut off after {self.seconds:.0f} s"
        elif self.end is None:
            yield f"{self.outcome()} {self.where()}: " + \
                (self.panic() or "neither an end nor a panic")
        elif self.end != "exit 0" and not self.count("FAIL"):
            yield f"ends with {self.end}, and no test failed"
        if self.bail:
            yield self.bail
        elif self.end is not None and self.plan is None:
            yield "no plan of tests: the output is not TAP"
        elif self.end is not None and self.plan != len(self.tests):
            yield f"{len(self.tests)} results of {self.plan} tests"

    def wrong(self):
        """Whether this is a reason for exit status 1."""
        return self.count("FAIL") > 0 or any(self.problems())


def test_of(match, taken):
    """A test from a line of TAP; the second of a name gets a number."""
    failed, name, directive, reason = match.groups()
    check = CHECK_NAME.match(name)
    name = check[1] if check else name or str(len(taken) + 1)
    result = (directive or "").lower() or ("FAIL" if failed else "ok")
    message = match[2][check.end():] if check and failed else ""
    return Test(unique(name, taken), result, reason or "",
                [message] if message else [])


def unique(name, taken):
    """The name, with a number where there is one like it."""
    if name not in taken:
        return name
    return next(other for nr in range(2, len(taken) + 3)
                if (other := f"{name} ({nr})") not in taken)


def lines_until(process, deadline, tick):
    """The lines that a process prints. The deadline may be moved meanwhile, so
    it is a list of one."""
    rest = b""
    while (left := deadline[0] - time.monotonic()) > 0:
        tick()
        if not select.select([process.stdout], [], [], min(left, 0.5))[0]:
            if process.poll() is not None:
                return
            continue
        data = os.read(process.stdout.fileno(), 65536)
        *lines, rest = (rest + data).split(b"\n")
        for line in lines + ([] if data else [rest]):
            yield line.decode(errors="replace").rstrip("\r")
        if not data:
            return


def follow(one, command, errors, timeout):
    """Run a command until it ends or has to be cut off."""
    deadline = [one.start + timeout]

    def tick():
        seconds = time.monotonic() - one.start
        progress(f"{one.version}: {len(one.tests)} tests, {seconds:.0f} s")

    with started(command, errors) as process:
        for line in lines_until(process, deadline, tick):
            one.take(line)
            if one.end is not None:
                deadline[0] = min(deadline[0], time.monotonic() + GRACE)
        try:
            left = deadline[0] - time.monotonic()
            one.finish(process.wait(max(left, 0)), False)
        except subprocess.TimeoutExpired:
            one.finish(None, True)


def run_on(kernel, args, tmp, program):
    """One kernel, the running one or another."""
    one = Run(kernel, pathlib.Path(tempfile.mkdtemp(dir=tmp)))
    command = [program, *args.args]
    if kernel.image:
        command = qemu(kernel, tmp / "initramfs", one.console, args)
    with open(one.errors, "wb") as errors:
        follow(one, command, errors, args.timeout)
    if kernel.image and not one.console.read_bytes() and not one.hung:
        raise Unusable(f"{kernel.source}: {one.errors.read_text().strip()}")
    return one


def run_twice(kernel, args, tmp, program):
    """A guest that ends before its init was not asked. It is started once more,
    which is said: what QEMU itself runs on can be at fault."""
    one = run_on(kernel, args, tmp, program)
    if one.release or not kernel.image:
        return one
    say(f"{one.version}: {next(one.problems())}; started once more")
    return run_on(kernel, args, tmp, program)


def run_all(kernels, args, tmp):
    """Every kernel in turn."""
    program = stage(args, tmp / "root")
    write_initramfs(tmp / "initramfs", args.init, tmp / "root", program,
                    args.args)
    runs = []
    for kernel in kernels:
        try:
            one = run_twice(kernel, args, tmp, program)
        except Unusable as err:
            # One that was asked for by its name is to be told of as such.
            if kernel.image in args.kernel:
                raise
            say(f"skipped: {err}")
            continue
        one.version = unique(one.version, [other.version for other in runs])
        runs.append(one)
    progress("")
    if not runs:
        raise Unusable("there is no kernel to run this on")
    return runs


# ---- reporting ----------------------------------------------------------------

def names_of(runs):
    """Every test, in the order of those that have most."""
    names = {}
    for one in sorted(runs, key=lambda one: -len(one.tests)):
        names.update(dict.fromkeys(test.name for test in one.tests))
    return list(names)


def print_kernels(runs):
    """What the columns are."""
    width = max(len(one.version) for one in runs)
    for one in runs:
        boot = f"init after {one.booted:.1f} s, " \
            if one.kernel.image and one.booted else ""
        print(f"{one.version:{width}}  {one.kernel.source}: "
              f"{boot}{one.seconds:.1f} s in all")
    print()


def rows_of(runs):
    """The cells of the table, line by line."""
    yield ["", *(one.version for one in runs)]
    results = [{test.name: test.result for test in one.tests} for one in runs]
    for name in names_of(runs):
        yield [name, *(of.get(name, "-") for of in results)]
    yield []
    for result in ("ok", "FAIL", "skip", "todo"):
        counts = [one.count(result) for one in runs]
        if any(counts) or result in ("ok", "FAIL"):
            yield [result, *map(str, counts)]
    yield ["end", *(one.outcome() for one in runs)]


def print_table(runs):
    """A line a test, a column a kernel."""
    rows = list(rows_of(runs))
    widths = [max(map(len, column)) for column in zip(*filter(None, rows))]
    for row in rows:
        print("  ".join(f"{cell:{width}}"
                        for cell, width in zip(row, widths)).rstrip())


def print_skips(runs):
    """A reason, the tests that it kept from running, and where."""
    reasons = {}
    for one in runs:
        for test in one.tests:
            if test.result == "skip":
                tests = reasons.setdefault(test.reason or "no reason", {})
                tests.setdefault(test.name, []).append(one.version)
        if one.skipped:
            tests = reasons.setdefault(one.skipped, {})
            tests.setdefault("all", []).append(one.version)
    for reason, tests in reasons.items():
        print(f"\nSkipped, {reason}:")
        for name, versions in tests.items():
            print(f"  {name} ({', '.join(versions)})")


def print_failures(runs):
    """What the tests say that failed."""
    for one in runs:
        for test in one.tests:
            if test.result == "FAIL":
                print(f"\nFailed on {one.version}, {test.name}:")
                print("".join(f"  {line}\n" for line in test.lines), end="")


def print_problems(runs):
    """What went wrong otherwise, with the end of the console."""
    for one in runs:
        problems = list(one.problems())
        for problem in problems:
            print(f"\n{one.version}: {problem}")
        lines = one.said()[-15:] if problems else one.alarms()
        if lines:
            print(f"\n{one.version} has said:")
            print("".join(f"  {line}\n" for line in lines), end="")


def to_json(runs, args):
    """The results for other programs."""
    return {"program": args.program.name, "args": args.args,
            "append": args.append, "kernels": [{
                "version": one.version, "release": one.release,
                "build": one.build, "source": one.kernel.source,
                "running": not one.kernel.image,
                "boot_seconds": one.booted and round(one.booted, 2),
                "seconds": round(one.seconds, 2), "plan": one.plan,
                "outcome": one.outcome(), "problems": list(one.problems()),
                "alarms": one.alarms(),
                "tests": [test._asdict() for test in one.tests],
            } for one in runs]}


def write_json(path, value):
    """The whole file or none."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False,
                                     prefix=f".{path.name}.") as file:
        try:
            json.dump(value, file, indent=1)
            file.write("\n")
            file.close()
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


# ---- the program ------------------------------------------------------------

def series_of(text):
    """The words of --series."""
    return {"none": [], "all": None}.get(text, text.split(","))


def arguments():
    """The command line."""
    path = pathlib.Path
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--program", type=path, metavar="FILE",
                        default="build/static/vmatlas",
                        help="static program (%(default)s)")
    parser.add_argument("--init", type=path, metavar="FILE",
                        help="static init (the one beside the program)")
    parser.add_argument("--catalog", type=path, metavar="DIR",
                        help="what the program finds as its catalogue")
    parser.add_argument("--cache", type=path, metavar="DIR",
                        default="build/kernels",
                        help="where Debian's kernels are (%(default)s)")
    parser.add_argument("--series", type=series_of, metavar="A.B,...",
                        help="of Debian's kernels these, or 'none' (all)")
    parser.add_argument("--kernel", type=path, metavar="BZIMAGE", default=[],
                        action="append", help="another kernel, repeatable")
    parser.add_argument("--guests", action="store_true",
                        help="not on the kernel that runs here")
    parser.add_argument("--append", default="", metavar="WORDS",
                        help="more for the kernels' command line")
    parser.add_argument("--accel", choices=("kvm", "tcg"), default="tcg",
                        help="how QEMU runs them (%(default)s)")
    parser.add_argument("--timeout", type=float, default=60, metavar="SECONDS",
                        help="for each kernel, with its boot (%(default)s)")
    parser.add_argument("--json", type=path, metavar="FILE",
                        help="write the results to FILE, too")
    parser.add_argument("args", nargs="*", metavar="ARG",
                        help="for the program, after --")
    args = parser.parse_args()
    args.init = args.init or args.program.parent / "init"
    return args


def check_usable(args):
    """Say early what is missing."""
    if os.uname().machine != "x86_64":
        raise Unusable("this needs an x86-64, for the program runs here, too")
    for path in (args.program, args.init):
        if not path.is_file():
            raise Unusable(f"{path}: no such program, expected a static one")
    if args.catalog and not args.catalog.is_dir():
        raise Unusable(f"{args.catalog}: no such directory")
    if not shutil.which(QEMU):
        raise Unusable(f"'{QEMU}' is not installed (qemu-system-x86)")


def check(args, tmp):
    """Returns the exit status."""
    check_usable(args)
    runs = run_all(kernels_of(args), args, tmp)
    print_kernels(runs)
    print_table(runs)
    print_skips(runs)
    print_failures(runs)
    print_problems(runs)
    if args.json:
        write_json(args.json, to_json(runs, args))
    return 1 if any(one.wrong() for one in runs) else 0


def main():
    """Clean up behind all that can happen."""
    args = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(2))
    with tempfile.TemporaryDirectory(prefix="kernels.") as tmp:
        try:
            return check(args, pathlib.Path(tmp))
        except (Unusable, OSError, ValueError) as err:
            progress("")
            say(err)
            return 2


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(2)
