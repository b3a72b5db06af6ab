#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Replay real programs, and hold what comes out against what they had mapped.

    tests/replay.py [--data FILE] VMATLAS SCRATCH [NAME...]
    tests/replay.py --guest KERNEL --init INIT VMATLAS SCRATCH
    tests/replay.py --collect DIR PROGRAM [ARGUMENT...]

The first runs each program of the list below, or NAME..., under strace, replays
the trace of each of its processes from the moment after execve() and compares the
layout with the maps file of the moment before the process ended. --data writes
what came out to FILE.

The second boots a kernel under QEMU and runs tests/replay/names.c there, for what
the kernel that runs here may lack: names of anonymous memory.

The third leaves the trace of one program and its maps files in DIR and prints how
to replay it.

strace itself holds the processes at these two moments, by injecting a delay, so
that /proc/PID/smaps can be read: the addresses are those of the same run.
"""

import argparse
import glob
import json
import os
import pathlib
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import kernels

HERE = pathlib.Path(__file__).parent

# strace injects nothing into its own first execve(): this one does another.
ENV = os.path.realpath("/usr/bin/env")

TRACE = "%memory,%process,%ipc,prctl,ioctl,close,personality"

# Seconds that a process is held, and between two looks. It is held for longer if
# a moment was missed, so often at most.
HOLD = 0.06
LOOK = 0.002
TRIES = 6

EXECVE, EXIT_GROUP = "59", "231"
CALLS = {EXECVE: "exec", EXIT_GROUP: "exit"}

# Of a comparison, as vmatlas names it. Those in which nothing differs that a trace
# could tell:
FINE = ("same", "grown", "deleted")

MODULES = """argparse asyncio bz2 calendar concurrent.futures configparser csv ctypes
curses datetime dbm decimal difflib doctest email.mime.text ftplib gzip html.parser
http.server imaplib json lib2to3.pgen2 logging.config lzma mailbox mimetypes
multiprocessing.pool optparse pdb pickle plistlib poplib pydoc random readline
sched select shelve smtplib socketserver sqlite3 ssl statistics subprocess tarfile
tempfile textwrap threading timeit tracemalloc turtle typing unittest.mock urllib
uuid venv wave wsgiref.simple_server xml.dom.minidom xml.etree.ElementTree
xml.sax xmlrpc.server zipfile zoneinfo""".split()


# ---- what is run ---------------------------------------------------------------------

def python(_scratch):
    """Import what there is of a long list."""
    code = ("import importlib\n"
            f"for name in {MODULES!r}:\n"
            "    try: importlib.import_module(name)\n"
            "    except ImportError: pass\n")
    return ["/usr/bin/python3", "-c", code]


def gcc(scratch):
    """Compile one of our own files: cc1, as, collect2 and ld are its children."""
    return ["gcc", "-O2", "-w", "-o", str(scratch / "compiled"),
            str(HERE / "replay" / "remap.c")]


def git(scratch):
    """Look for what is lost in a repository with some history."""
    repo = scratch / "repository"
    call = ["git", "-C", str(repo)]
    subprocess.run(["git", "init", "-q", str(repo)], check=True)
    for i in range(20):
        (repo / "file").write_text("line\n" * i, encoding="ascii")
        subprocess.run(call + ["add", "file"], check=True)
        subprocess.run(call + ["-c", "user.name=a", "-c", "user.email=a@b", "commit",
                               "-q", "-m", f"{i}"], check=True)
    return call + ["fsck", "--full"]


def node(_scratch):
    """Allocate, and let the garbage collector's threads work."""
    return ["node", "-e", "let a = []; for (let i = 0; i < 3e5; i++) "
            "a[i % 5e4] = {i, text: 'x'.repeat(i % 99)}; console.log(a.length)"]


def sort(scratch):
    """Sort with threads, which it uses if there is enough to sort."""
    numbers = scratch / "numbers"
    with open(numbers, "w", encoding="ascii") as file:
        for i in range(400000):
            file.write(f"{i * 7919 % 400009}\n")
    return ["sort", "--parallel=4", "-S", "64M", "-n", "-o", str(scratch / "sorted"),
            str(numbers)]


def shell(_scratch):
    """A shell that forks children with and without execve()."""
    return ["sh", "-c", "x=$(echo a | sort | tr a b); (exit 3); ls / | wc -l"]


def java(_scratch):
    """Start a virtual machine, with its collector and compiler threads."""
    return ["java", "-version"]


def go(_scratch):
    """The runtime of Go, which reserves and names memory."""
    return ["go", "version"]


def ours(name):
    """A program of tests/replay."""
    def make(scratch):
        program = scratch / name
        subprocess.run(["gcc", "-O1", "-Wall", "-pthread", "-o", str(program),
                        str(HERE / "replay" / f"{name}.c"), "-ldl"], check=True)
        return [str(program)]
    return make


# Name in the table, what it needs, how to make the command.
PROGRAMS = {
    "python3, 60 modules": ("/usr/bin/python3", python),
    "gcc": ("gcc", gcc),
    "git fsck": ("git", git),
    "node": ("node", node),
    "sort, threads": ("sort", sort),
    "sh, pipes": ("sh", shell),
    "dlopen.c": ("gcc", ours("dlopen")),
    "fork.c": ("gcc", ours("fork")),
    "brk.c": ("gcc", ours("brk")),
    "remap.c": ("gcc", ours("remap")),
    "protect.c": ("gcc", ours("protect")),
    "threads.c": ("gcc", ours("threads")),
    "stacks.c": ("gcc", ours("stacks")),
    "limit.c": ("gcc", ours("limit")),
    "uffd.c": ("gcc", ours("uffd")),
    "names.c": ("gcc", ours("names")),
    "java": ("java", java),
    "go": ("go", go),
}


# ---- collecting ------------------------------------------------------------------------

def children(pid):
    """All processes below one."""
    found = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(path, encoding="ascii") as file:
                below = [int(word) for word in file.read().split()]
        except OSError:
            continue
        for child in below:
            found += [child] + children(child)
    return found


def held_at(pid):
    """At which of the two moments a process is held, None if at neither."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        state = file.read().rsplit(")", 1)[1].split()[0]
    with open(f"/proc/{pid}/syscall", encoding="ascii") as file:
        words = file.read().split()
    # After an execve() that succeeded, no register has an argument.
    if state != "t" or words[0] not in CALLS or \
            (words[0] == EXECVE and words[1] != "0x0"):
        return None
    return CALLS[words[0]]


def stack_of(pid):
    """Where the stack began: another one, if there was an execve()."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rsplit(")", 1)[1].split()[25]


def look(pid, taken):
    """Keep what a process has mapped, if it is held. The last look at each counts."""
    try:
        moment = held_at(pid)
        # On a busy machine it may be seen to stop where it is not held.
        if not moment or os.readlink(f"/proc/{pid}/exe") == ENV:
            return
        stack = stack_of(pid)
        with open(f"/proc/{pid}/smaps", "rb") as file:
            maps = file.read()
        # It was held all the time.
        if held_at(pid) == moment and stack_of(pid) == stack:
            taken[pid, moment, stack] = maps
    except OSError:
        pass    # It is gone.


def run_held(command, trace, hold, stdout):
    """Run under strace. Returns what was mapped at each moment, in order."""
    taken = {}
    hold = int(hold * 1e6)
    strace = subprocess.Popen(
        ["strace", "-f", "-y", "-o", str(trace), "-e", f"trace={TRACE}",
         "-e", f"inject=execve:delay_exit={hold}",
         "-e", f"inject=exit_group:delay_enter={hold}", ENV,
         shutil.which(command[0]) or command[0]] + command[1:],
        stdout=stdout, stderr=None if stdout is None else subprocess.DEVNULL)
    while strace.poll() is None:
        for pid in children(strace.pid):
            look(pid, taken)
        time.sleep(LOOK)
    return taken


def execs_of(trace):
    """By PID, for each execve() that succeeded, whether it was held."""
    execs = {}
    end = re.compile(r"^(\d+) +(?:execve\(|<\.\.\. execve resumed>).*= 0( \(DELAYED\))?$")
    with open(trace, encoding="utf-8", errors="replace") as file:
        for line in file:
            match = end.match(line)
            if match:
                execs.setdefault(int(match[1]), []).append(bool(match[2]))
    return execs


def pids_of(trace):
    """All that the trace speaks of. strace has children for itself, too."""
    with open(trace, encoding="utf-8", errors="replace") as file:
        return {int(line.split(" ", 1)[0]) for line in file}


def save(taken, trace, directory):
    """Write the maps files. Returns those to begin from and those to verify with.

    None if one was missed.
    """
    begin, verify = [], []
    for pid, execs in execs_of(trace).items():
        maps = [text for (p, moment, _), text in taken.items()
                if p == pid and moment == "exec"]
        held = [n for n, was_held in enumerate(execs, 1) if was_held]
        if len(maps) != len(held):
            return None
        for n, text in zip(held, maps):
            path = directory / f"{pid}.{n}.begin"
            path.write_bytes(text)
            begin.append((pid, n, path))
    traced = pids_of(trace)
    for (pid, moment, _), text in taken.items():
        if moment == "exit" and pid in traced:
            path = directory / f"{pid}.end"
            path.write_bytes(text)
            verify.append((pid, path))
    return (begin, verify) if verify else None


def collect(command, directory, stdout=subprocess.DEVNULL):
    """Trace a program. Returns the trace and what save() does."""
    trace = directory / "trace"
    for attempt in range(TRIES):
        taken = run_held(command, trace, HOLD * 3 ** attempt, stdout)
        saved = save(taken, trace, directory)
        if saved:
            return trace, *saved
    sys.exit(f"tests/replay.py: {shlex.join(command)}: processes were not held as "
             f"strace says, expected them to be, {TRIES} times")


# ---- replaying --------------------------------------------------------------------------

def arguments(rules, trace, begin, pid, end):
    """How to replay one process."""
    words = ["--rules", rules, "--pid", str(pid), "--verify", str(end)]
    for who, n, path in begin:
        words += ["--from", f"{who}.{n}={path}"]
    return words + [str(trace)]


def replay(vmatlas, words, faulted="writable"):
    """What vmatlas says of one process."""
    run = subprocess.run(
        [vmatlas, "replay", "--format", "json", "--faulted", faulted, *words],
        stdout=subprocess.PIPE, check=False)
    if run.returncode not in (0, 1):
        sys.exit(f"tests/replay.py: vmatlas replay: exit status {run.returncode}")
    return json.loads(run.stdout)


def add_counts(total, key, counts):
    """Add what one comparison counted to that of the others."""
    for name, n in counts.items():
        total[key][name] = total[key].get(name, 0) + n


def add_process(total, vmatlas, words):
    """Replay one process, and add what came out."""
    said = replay(vmatlas, words)
    program = said["program"]
    total["processes"] += 1
    total["calls"] += sum(c["replayed"] for c in program["calls"].values())
    total["operations"] += program["operations"]
    total["peak"] = max(total["peak"], program["vmas_peak"])
    total["disagreements"] += program["disagreements"]
    total["not_understood"] = said["not_understood"]
    add_counts(total, "vmas", said["verify"]["counts"])
    never = replay(vmatlas, words, "none")
    add_counts(total, "vmas_if_never_written", never["verify"]["counts"])
    if not is_fine(said["verify"]["counts"]) or program["disagreements"]:
        tell_differences(vmatlas, words)


def measure(vmatlas, rules, name, scratch):
    """Collect, replay and add up what came out for each process of a program."""
    directory = pathlib.Path(tempfile.mkdtemp(dir=scratch))
    trace, begin, verify = collect(PROGRAMS[name][1](directory), directory)
    total = {"program": name, "processes": 0, "calls": 0, "operations": 0, "peak": 0,
             "disagreements": 0, "not_understood": 0, "vmas": {},
             "vmas_if_never_written": {}}
    for pid, end in verify:
        add_process(total, vmatlas, arguments(rules, trace, begin, pid, end))
    return total


def is_fine(counts):
    """Whether nothing differs."""
    return not any(n for key, n in counts.items() if key not in FINE)


def tell_differences(vmatlas, words):
    """What differs, as vmatlas shows it to people."""
    run = subprocess.run([vmatlas, "replay", *words], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=False)
    text = run.stdout.decode("utf-8", errors="replace")
    for heading in ("Calls that came out otherwise", "What is mapped at the end"):
        if heading in text:
            part = heading + text.split(heading, 1)[1].split("\n\nP", 1)[0]
            print("\n".join("    " + line for line in part.splitlines()[:40]))


# ---- on another kernel ------------------------------------------------------------------

def guest_says(options, scratch):
    """What tests/replay/names.c prints there: lines by their first word."""
    root = scratch / "root"
    (root / "bin").mkdir(parents=True)
    program = root / "bin" / "names"
    subprocess.run(["gcc", "-O1", "-Wall", "-static", "-o",
                    str(program), str(HERE / "replay" / "names.c")], check=True)
    kernels.write_initramfs(scratch / "initramfs", pathlib.Path(options.init), root,
                            program, [])
    command = kernels.qemu(kernels.Kernel(options.guest, options.guest, ""),
                           scratch / "initramfs", scratch / "console",
                           argparse.Namespace(timeout=120, append="",
                                              accel="tcg"))
    run = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                         check=False)
    said = {"begin": [], "trace": [], "end": [], "@@vmatlas": []}
    for line in run.stdout.decode("utf-8", "replace").replace("\r", "").split("\n"):
        word, _, rest = line.partition(" ")
        said.get(word, []).append(rest)
    return said


def run_guest(options):
    """Replay what it did there with the rules of that kernel."""
    scratch = pathlib.Path(options.scratch).resolve() / "guest"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    said = guest_says(options, scratch)
    if not said["end"]:
        sys.exit(f"tests/replay.py: {options.guest}: {scratch / 'console'} has no end, "
                 "expected a kernel with CONFIG_ANON_VMA_NAME")
    for word in "begin", "trace", "end":
        (scratch / word).write_text("\n".join(said[word]) + "\n", encoding="utf-8")
    release = re.search(r"\d+\.\d+(\.\d+)?", said["@@vmatlas"][0])[0]
    words = ["--rules", release, "--from", str(scratch / "begin"), "--verify",
             str(scratch / "end"), str(scratch / "trace")]
    result = replay(options.vmatlas, words)
    counts, program = result["verify"]["counts"], result["program"]
    print(f"names.c, Linux {release}: {sum(counts.values())} VMAs, " +
          ", ".join(f"{n} {key}" for key, n in counts.items() if n))
    if is_fine(counts) and not program["disagreements"]:
        return not result["not_understood"]
    tell_differences(options.vmatlas, words)
    return False


# ---- reporting -----------------------------------------------------------------------------

def report(total):
    """A line for a program."""
    vmas = total["vmas"]
    differ = ", ".join(f"{n} {key}" for key, n in vmas.items() if n and key != "same")
    print(f"{total['program']:<20} {total['processes']:>2} processes "
          f"{total['calls']:>6} calls {sum(vmas.values()):>5} VMAs, "
          f"{differ or 'all the same'}")


def write_data(path, data):
    """Write it where it is complete, or not at all."""
    temporary = pathlib.Path(f"{path}.new")
    rows = ",\n".join("  " + json.dumps(total) for total in data.pop("programs"))
    head = json.dumps(data, indent=1)[:-2]
    temporary.write_text(f'{head},\n "programs": [\n{rows}\n ]\n}}\n', encoding="utf-8")
    temporary.rename(path)


def kernel():
    """The version of the kernel, without what its builder added."""
    return re.match(r"[0-9.]+", platform.release())[0].rstrip(".")


def judge(total):
    """Whether all came out as it should. What hangs on unseen writes may differ."""
    return not total["disagreements"] and not total["not_understood"] and \
        not total["vmas"].get("differs")


def run_all(options):
    """Measure all that there is."""
    scratch = pathlib.Path(options.scratch).resolve()
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    totals = []
    for name in options.names or PROGRAMS:
        if not shutil.which(PROGRAMS[name][0]):
            print(f"{name:<20} left out: there is no {PROGRAMS[name][0]}")
            continue
        totals.append(measure(options.vmatlas, kernel(), name, scratch))
        report(totals[-1])
        sys.stdout.flush()
    if options.data:
        write_data(options.data, {"kernel": kernel(), "command": "make check-replay",
                                  "programs": totals})
    return all(judge(total) for total in totals)


def collect_one(options):
    """Leave it to a person to replay."""
    directory = pathlib.Path(options.collect)
    directory.mkdir(parents=True, exist_ok=True)
    command = [options.vmatlas, options.scratch, *options.names]
    trace, begin, verify = collect([w for w in command if w], directory, None)
    for pid, end in verify:
        print("vmatlas replay", shlex.join(arguments(kernel(), trace, begin, pid, end)))


def parse():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", help="write what came out to this file")
    parser.add_argument("--collect", metavar="DIR",
                        help="trace a program and leave what there is of it in DIR")
    parser.add_argument("--guest", metavar="KERNEL",
                        help="boot this kernel, which has names of anonymous memory")
    parser.add_argument("--init", help="process 1 of a guest")
    parser.add_argument("vmatlas", metavar="VMATLAS|PROGRAM")
    parser.add_argument("scratch", metavar="SCRATCH|ARGUMENT", nargs="?")
    parser.add_argument("names", metavar="NAME|ARGUMENT", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.collect and not options.scratch:
        parser.error("expected a directory to work in")
    for name in options.names if not options.collect else ():
        if name not in PROGRAMS:
            parser.error(f"unknown program '{name}', expected one of "
                         f"{', '.join(PROGRAMS)}")
    return options


def main():
    """Returns an exit status."""
    options = parse()
    if platform.machine() != "x86_64" or not shutil.which("strace"):
        print("replay: left out, expected strace on x86-64")
        return 0
    if options.collect:
        collect_one(options)
        return 0
    if options.guest:
        return 0 if run_guest(options) else 1
    return 0 if run_all(options) else 1


if __name__ == "__main__":
    sys.exit(main())
