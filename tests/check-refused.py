#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Each command where a seccomp filter refuses one system call that it makes.

check-refused.py [--only TEXT] [--calls NAME,...] VMATLAS PRELOAD WITNESS: which calls a
command makes, strace tells. With each of them refused by EPERM, and by ENOSYS, the command
must end, and leave no process behind: with status 0, and then with the output that it has
otherwise (what the kernel is asked may be skipped instead), or with 2 and a message.

With --cgroup it has so much memory, or so many processes, instead. Where the kernel kills it
for the memory, which is SIGKILL, no file may be half-written.
"""

import argparse
import ctypes
import errno
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

COMMANDS = [
    "live", "live --random --seed 1 --calls 400",
    "live --reach --only mbind.all.anon.forked.same.forked.same.forked.apart",
    "race --seconds 0.3 --summary new-merge-left", "source --cases --witness {witness}",
    "explain --pid {pid}", "explain --all --summary", "explain {maps}", "replay {trace}",
    "check catalog/new.yaml", "check --xml={dir}/x.xml catalog/new.yaml", "emit dot -o {dir}/dot",
    "emit json new-merge-left", "show new-merge-left", "explore new-merge-left",
    "space --summary", "what-if --empty mmap 100000 4p rw-",
]
ASKS_THE_KERNEL = ("live", "race", "explain --pid", "explain --all")
# Without these no program of the C library's can end or say why.
NEEDED = {"exit", "exit_group", "rt_sigreturn", "restart_syscall", "execve"}
# glibc ends the process itself, with its own message.
ABORTS = {"futex", "rseq"}
LIMITS = {"memory": [n << 20 for n in (1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 64)],
          "pids": [1, 2, 3, 4, 6]}
TIMEOUT = 60
PR_SET_CHILD_SUBREAPER = 36


def numbers():
    """Of system calls, as the headers have them."""
    text = subprocess.run(["gcc", "-E", "-dM", "-"], input="#include <sys/syscall.h>\n",
                          capture_output=True, text=True, check=True).stdout
    return {name: int(nr) for name, nr in re.findall(r"#define __NR_(\w+) (\d+)$", text, re.M)}


def children():
    """Those that nobody else waits for are ours."""
    text = pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    return [int(pid) for pid in text.split()]


def bury():
    """What a run left may end by itself, for a second; returns how many did not."""
    end = time.monotonic() + 1
    nr = 0
    while left := children():
        late = time.monotonic() > end
        for pid in left:
            if late:
                os.kill(pid, signal.SIGKILL)
            nr += os.waitpid(pid, 0 if late else os.WNOHANG)[0] > 0 and late
        time.sleep(0.01)
    return nr


def calls_of(vmatlas, words, scratch):
    trace = scratch + "/calls"
    subprocess.run(["strace", "-f", "-qq", "-c", "-U", "name", "-o", trace, vmatlas, *words],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    bury()
    names = pathlib.Path(trace).read_text(encoding="ascii").split("\n")[2:]
    return sorted({n.strip() for n in names if n.strip() and n[0] != "-"} - {"total"})


def run(vmatlas, words, env, enter=None):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen([vmatlas, *words], env=env, stdin=subprocess.DEVNULL,
                                 stdout=out, stderr=err, start_new_session=True,
                                 preexec_fn=enter)
        try:
            status = child.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            status = None
        left = bury()
        out.seek(0)
        err.seek(0)
        return status, out.read(), err.read(), left


def complaint(command, call, fine, ran):
    status, out, err, left = ran
    if status is None:
        return "does not end"
    if left:
        return f"leaves {left} processes behind"
    if status == -signal.SIGABRT and call in ABORTS and err:
        return None
    if status == -signal.SIGKILL and call == "memory":
        return None
    if status < 0:
        return f"killed by signal {-status}"
    if status == 2:
        return None if err.strip() or call == "write" else "status 2 without a message"
    if status != 0 and status != fine[0]:
        return f"status {status}"
    if not command.startswith(ASKS_THE_KERNEL) and (status, out) != fine[:2]:
        return f"status {status} and another output"
    return None


def seccomp_trials(calls, preload):
    """What is refused, and how to begin with that."""
    known = numbers()
    for call in calls:
        if call in NEEDED or call not in known:
            continue
        for error in (errno.EPERM, errno.ENOSYS):
            yield (call, errno.errorcode[error],
                   {"LD_PRELOAD": preload, "REFUSE_CALL": str(known[call]),
                    "REFUSE_ERROR": str(error)}, None)


def group_of(controller):
    """A new control group, or None; of version 1 or of version 2."""
    for line in pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, place, kind, options = line.split()[:4]
        path = pathlib.Path(place)
        if kind == "cgroup" and controller in options.split(","):
            limit = {"memory": "memory.limit_in_bytes", "pids": "pids.max"}[controller]
        elif kind == "cgroup2" and controller in (path / "cgroup.controllers").read_text(
                encoding="ascii").split():
            limit = controller + ".max"
            (path / "cgroup.subtree_control").write_text("+" + controller, encoding="ascii")
        else:
            continue
        group = path / f"vmatlas-{os.getpid()}"
        group.mkdir()
        return group, limit
    return None


def cgroup_trials():
    for controller, limits in LIMITS.items():
        try:
            found = group_of(controller)
        except OSError as why:
            found = None
            print(f"SKIP: {why}")
        if not found:
            print(f"SKIP: no control group for {controller}")
            continue
        group, name = found
        try:
            for limit in limits:
                (group / name).write_text(str(limit), encoding="ascii")
                yield (controller, str(limit), {},
                       lambda: (group / "cgroup.procs").write_text("0", encoding="ascii"))
        finally:
            group.rmdir()


def files_of(scratch):
    return {p: p.read_bytes() for p in pathlib.Path(scratch).rglob("*") if p.is_file()}


def half_written(scratch, whole):
    """Those with the name of one that is written where nothing is refused."""
    return [str(p) for p, text in files_of(scratch).items()
            if text != whole.get(p, text) and p.suffix != ".xml"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--calls")
    parser.add_argument("--cgroup", action="store_true")
    parser.add_argument("vmatlas")
    parser.add_argument("preload")
    parser.add_argument("witness")
    args = parser.parse_args()
    if not args.cgroup and not shutil.which("strace"):
        print("SKIP: strace is not there to tell which calls there are")
        return
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    vmatlas, preload, witness = map(os.path.abspath, (args.vmatlas, args.preload, args.witness))
    tried = wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        names = {"maps": "docs/explain-sample.smaps", "trace": "docs/data/replay-example/trace",
                 "dir": scratch, "witness": witness, "pid": os.getpid()}
        for command in COMMANDS:
            if args.only not in command:
                continue
            words = [w.format(**names) for w in shlex.split(command)]
            fine = run(vmatlas, words, dict(os.environ, LC_ALL="C"))
            if fine[0] not in (0, 1):
                sys.exit(f"{command}: status {fine[0]} where nothing is refused")
            whole = files_of(scratch)
            if args.cgroup:
                trials = cgroup_trials()
            else:
                calls = args.calls.split(",") if args.calls else calls_of(vmatlas, words, scratch)
                trials = seccomp_trials(calls, preload)
            ends = {}
            for call, how, more, enter in trials:
                for path in whole:
                    path.unlink(missing_ok=True)
                ran = run(vmatlas, words, dict(os.environ, LC_ALL="C", **more), enter)
                what = complaint(command, call, fine, ran)
                if half := half_written(scratch, whole):
                    what = f"half-written: {half[0]}"
                tried += 1
                ends[ran[0]] = ends.get(ran[0], 0) + 1
                if what:
                    wrong += 1
                    said = (ran[2] or ran[1]).decode(errors="replace").strip().split("\n")[-1]
                    print(f"{command}: {call} {how}: {what}: {said}", flush=True)
            print(f"# {command}: ended with " + ", ".join(
                f"{status}: {nr}" for status, nr in sorted(ends.items(), key=str)), flush=True)
    print(f"check-refused: {tried} runs, {wrong} wrong")
    sys.exit(wrong > 0)


main()
