#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""How fast the explorer is beside SPIN.

Both search the same: a case done, undone and done again, while two readers
read. SPIN's search is the C program pan that it makes of the model written by
"vmatlas emit promela". Only searches are timed, neither emitting nor compiling.
A search counts with all that its process takes: time of the processor, so that
other work on the machine does not count, and memory at most, each as the system
accounts it. Two searches side by side are two processes, of which the slower
one counts. The time on the clock is printed, too. It is the best of some runs.

That both find the same is for check-spin.py to say.
"""

import argparse
import importlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import typing

sys.dont_write_bytecode = True
check = importlib.import_module("check-spin")

CASE, LEFT, RIGHT = "existing-merge-both", "adjacent", "adjacent"
OPS, READERS = 3, 2

# For speed, without any reduction: it is the same space that is searched.
CFLAGS = ("-O2", "-w", "-DSAFETY", "-DNOREDUCE")
# As many slots in its table of states as there are states, about.
LIMITS = ("-m10000", "-w23")


class Run(typing.NamedTuple):
    """What one or more processes took."""
    said: str
    seconds: float
    clock: float
    bytes: int


class Row(typing.NamedTuple):
    """A line of the table."""
    search: str
    states: int
    run: Run

    def speed(self):
        """States per second."""
        return self.states / self.run.seconds


# ---- running ----------------------------------------------------------------

def start(command, out):
    """Begin a process that prints to a file."""
    return subprocess.Popen([str(c) for c in command], stdout=out,
                            stdin=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def finish(process, command):
    """Wait for one; time of the processor, and bytes at most."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise check.Unusable(f"'{' '.join(map(str, command))}' failed "
                             f"({process.returncode})")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def measure(command, nr):
    """Run a command, some of it side by side."""
    with tempfile.TemporaryFile("w+") as out:
        begin = time.monotonic()
        processes = [start(command, out if i == 0 else subprocess.DEVNULL)
                     for i in range(nr)]
        try:
            took = [finish(p, command) for p in processes]
        finally:
            for process in processes:
                if process.returncode is None:
                    process.kill()
                    process.wait()
        clock = time.monotonic() - begin
        out.seek(0)
        said = out.read()
    return Run(said, max(t for t, _ in took), clock, sum(b for _, b in took))


def best(command, args, nr=1):
    """The best of some runs."""
    runs = [measure(command, nr) for _ in range(args.runs)]
    return min(runs, key=lambda run: run.seconds)


# ---- the two searches -------------------------------------------------------

def pan_states(said):
    """How many states pan found, if it found all of them."""
    count = re.search(r"^ *([0-9.e+]+) states, stored", said, re.M)
    if not count or "errors: 0" not in said or \
       any(word in said for word in check.INCOMPLETE):
        raise check.Unusable(f"SPIN's search is not complete:\n{said}")
    return int(float(count[1]))


def make_pan(model, name, args, tmp, *flags):
    """Have SPIN make the program, and compile it."""
    work = tmp / name
    work.mkdir()
    check.run(args.spin, "-a", f"-DOPS={OPS}", f"-DREADERS={READERS}", model,
              cwd=work)
    check.run(args.cc, *CFLAGS, *flags, "-o", "pan", "pan.c", cwd=work)
    return (work / "pan", *LIMITS)


def explore_states(said):
    """How many states the explorer found."""
    states = re.findall(r'^ *"states": (\d+)', said, re.M)
    if len(states) != 1:
        raise check.Unusable("explore searched something else:\n" + said)
    return int(states[0])


def explore_command(model, args):
    """The explorer, told to do what the model does."""
    then = [word for op in check.operations_after(model.read_text(), OPS)
            for word in ("--then", op)]
    return (args.vmatlas, "explore", CASE, "--left", LEFT, "--right", RIGHT,
            "--ops", OPS, *then, "--readers", READERS, "--jobs", 1,
            "--format", "json", *args.common)


def rows_of(args, tmp):
    """Measure, a row at a time."""
    check.run(args.vmatlas, "emit", "promela", *args.common, "-o", tmp, CASE)
    model = tmp / f"{CASE}-{LEFT}-{RIGHT}.pml"
    pan = make_pan(model, "plain", args, tmp)
    packed = make_pan(model, "packed", args, tmp, "-DCOLLAPSE")
    ours = explore_command(model, args)
    for name, command, states_of, nr in (
            ("pan", pan, pan_states, 1),
            ("pan, -DCOLLAPSE", packed, pan_states, 1),
            ("explore", ours, explore_states, 1),
            ("pan, two at a time", pan, pan_states, 2),
            ("explore, two at a time", ours, explore_states, 2)):
        took = best(command, args, nr)
        yield Row(name, nr * states_of(took.said), took)


# ---- the table --------------------------------------------------------------

FORM = "{:24}{:>9}{:>9}{:>7}{:>10}{:>15}{:>7}"


def print_row(row, pan):
    """One line; the ratio is that of states per second."""
    run = row.run
    print(FORM.format(row.search, row.states, f"{run.seconds:.2f}",
                      f"{run.clock:.2f}", f"{row.speed():.0f}",
                      f"{run.bytes / row.states:.1f}",
                      f"{row.speed() / pan.speed():.1f}"), flush=True)


def print_table(args, tmp):
    """The table, as it is measured."""
    print(f"\n{CASE}, upstream, left {LEFT}, right {RIGHT}, {OPS} operations, "
          f"{READERS} readers\n" +
          FORM.format("search", "states", "seconds", "clock", "states/s",
                      "bytes a state", "ratio"), flush=True)
    pan = None
    for row in rows_of(args, tmp):
        pan = pan or row
        print_row(row, pan)


# ---- the program ------------------------------------------------------------

def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--vmatlas", default=os.environ.get(
        "VMATLAS", "build/vmatlas"), help="the program (%(default)s)")
    parser.add_argument("--catalog", help="directory for vmatlas")
    parser.add_argument("--spin", default=os.environ.get("SPIN", "spin"))
    parser.add_argument("--cc", default=os.environ.get("CC", "gcc"))
    parser.add_argument("--runs", type=int, default=3,
                        help="of which the best counts (%(default)s)")
    args = parser.parse_args()
    args.vmatlas = os.path.abspath(args.vmatlas)
    args.common = ("--catalog", args.catalog) if args.catalog else ()
    return args


def missing(args):
    """What there is not, or None."""
    for tool in (args.spin, args.cc):
        if not shutil.which(tool):
            return f"'{tool}' is not installed"
    return None


def main():
    """Measure, if that can be done."""
    args = arguments()
    reason = missing(args)
    if reason:
        print(f"\nbeside SPIN: skipped, for {reason}")
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-spin.") as tmp:
        try:
            print_table(args, pathlib.Path(tmp))
        except (check.Unusable, OSError) as err:
            print(f"bench-spin: {err}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(2)
