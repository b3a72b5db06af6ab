#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the running kernel is asked stays in the memory that was reserved for it.

check-bounds.py [--only TEXT] VMATLAS: runs live, live --random, live --reach and race under
strace. In each child, every call that changes memory at an address must stay within what
this process reserved before, or be about a mapping that the kernel placed for it, as those of
the C library are. Between the guards of live and of live --reach, which is what was emptied
there, the guards themselves do not count.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

COMMANDS = [
    "live", "live --random --seed 1 --calls 20000",
    "live --reach --only mbind.all.anon.forked.same.forked.same.forked.apart",
    "live --reach --only move.all.anon.forked.same.forked.same.unfaulted.apart",
    "race --seconds 0.3 --summary new-merge-left existing-merge-both",
]
# name: places of address and length among the arguments
RANGES = {"munmap": (0, 1), "mprotect": (0, 1), "pkey_mprotect": (0, 1), "madvise": (0, 1),
          "mlock": (0, 1), "mlock2": (0, 1), "munlock": (0, 1), "mbind": (0, 1),
          "set_mempolicy_home_node": (0, 1), "remap_file_pages": (0, 1), "msync": (0, 1),
          "syscall_0x1ce": (0, 1), "prctl": (2, 3)}
OTHERS = ["mmap", "mremap", "brk", "shmat", "shmdt", "process_madvise"]
STARTS = ["clone", "clone3", "fork", "vfork", "execve", "execveat"]
RAW = [n for n in [*RANGES, *OTHERS] if n not in ("process_madvise", "syscall_0x1ce")]
MAP_FIXED, MAP_NORESERVE, MAP_FIXED_NOREPLACE, MREMAP_FIXED = 0x10, 0x4000, 0x100000, 2
PR_SET_VMA = 0x53564d41
ENOMEM = "ENOMEM"
LINE = re.compile(r"(\w+)\((.*)\) += (\S+)(?: (\w+))?")
PAGE = os.sysconf("SC_PAGESIZE")


def up(size):
    return (size + PAGE - 1) // PAGE * PAGE


class Memory:
    """What one address space may act on."""

    def __init__(self, of=None):
        self.own = list(of.own) if of else []
        self.heap = of.heap if of else None  # from here to the break
        self.end = of.end if of else 0
        self.guarded = None  # to be emptied between its ends

    def has(self, start, end):
        if self.heap is not None and self.heap <= start and end <= self.end:
            return True
        return any(a <= start and end <= b for a, b in self.own)

    def take(self, start, size):
        self.own.append((start, start + up(size)))

    def unmap(self, start, end):
        """What is emptied between guards is all that is left to act on."""
        for i, (a, b) in enumerate(self.own):
            if start <= a and b <= end:
                self.own[i] = (0, 0)
            elif a < start and end < b and (a, b) == self.guarded:
                self.own[i] = (start, end)
        self.own = [r for r in self.own if r != (0, 0)]


class Checker:
    def __init__(self, prefix):
        self.prefix = prefix
        self.calls = self.children = 0
        self.outside = []
        self.acts = False

    def need(self, mem, start, end, line):
        if not self.acts:
            return
        self.calls += 1
        if not mem.has(start, end):
            self.outside.append(line)

    def mmap(self, mem, args, result, line):
        if result is None:
            return
        if args[3] & MAP_FIXED and not args[3] & MAP_FIXED_NOREPLACE:
            self.need(mem, args[0], args[0] + up(args[1]), line)
            return
        mem.take(result, args[1])
        if not args[2] and args[3] & MAP_NORESERVE:
            mem.guarded = mem.own[-1]

    def mremap(self, mem, args, result, line):
        if result is None:
            return
        self.need(mem, args[0], args[0] + up(args[1]), line)
        if args[3] & MREMAP_FIXED or result == args[0]:
            self.need(mem, result, result + up(args[2]), line)
        else:
            mem.take(result, args[2])

    def brk(self, mem, args, result, line):
        if args[0] and self.acts and mem.heap is not None:
            self.need(mem, mem.heap if args[0] >= mem.heap else 0, mem.heap, line)
        mem.end = max(mem.end, result or 0)

    def call(self, mem, name, args, result, line):
        if name in ("mmap", "mremap", "brk"):
            getattr(self, name)(mem, args, result, line)
        elif name == "shmat" and args[1]:
            self.need(mem, args[1], args[1] + PAGE, line)
        elif name == "shmdt":
            self.need(mem, args[0], args[0] + PAGE, line)
        elif name in RANGES and (name != "prctl" or args[0] == PR_SET_VMA):
            start, size = (args[i] for i in RANGES[name])
            # The guard below a heap of ours, at what was the break.
            if name == "mprotect" and not args[2] and start + size == mem.end:
                mem.heap = mem.end
                return
            self.need(mem, start, start + up(size), line)
            if name == "munmap":
                mem.unmap(start, start + up(size))

    def process(self, pid, mem, acts):
        """The trace of one thread, and of all that it started."""
        path = pathlib.Path(f"{self.prefix}.{pid}")
        for line in path.read_text(encoding="ascii").splitlines():
            m = LINE.match(line)
            if not m:
                continue
            name, text, said, error = m.groups()
            if name in ("execve", "execveat") and said == "0":
                mem, acts = Memory(), False
            elif name in STARTS and said.isdigit():
                shared = "CLONE_VM" in text and "CLONE_VFORK" not in text
                self.children += 1
                self.process(said, mem if shared else Memory(mem), True)
            self.acts = acts
            ok = not said.startswith("-")
            if name == "process_madvise":
                for start, size in re.findall(r"iov_base=(0x\w+), iov_len=(\d+)", text):
                    self.need(mem, int(start, 16), int(start, 16) + up(int(size)), line)
            elif (ok or error == ENOMEM) and name in [*RANGES, *OTHERS]:
                args = [int(a, 0) for a in text.split(", ")]
                self.call(mem, name, args, int(said, 0) if ok else None, line)


def trace(vmatlas, words, scratch):
    """Returns the exit status, the trace's prefix and the first process."""
    prefix = os.path.join(scratch, "t")
    ran = subprocess.run(
        ["strace", "-ff", "-qq", "-e", "trace=" + ",".join(RAW + STARTS + ["process_madvise"]),
         "-e", "raw=" + ",".join(RAW), "-e", "signal=none", "-o", prefix, vmatlas, *words],
        stdout=subprocess.DEVNULL, check=False)
    files = pathlib.Path(scratch).glob("t.*")
    return ran.returncode, prefix, min(int(f.suffix[1:]) for f in files)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("vmatlas")
    args = parser.parse_args()
    if not shutil.which("strace"):
        print("SKIP: strace is not there to tell what is done")
        return
    wrong = 0
    for command in COMMANDS:
        if args.only not in command:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            status, prefix, first = trace(args.vmatlas, command.split(), scratch)
            seen = Checker(prefix)
            seen.process(first, Memory(), False)
        for line in seen.outside[:5]:
            print(f"{command}: outside: {line}")
        if status not in (0, 1) or not seen.calls:
            print(f"{command}: status {status}, {seen.calls} calls")
            wrong += 1
        wrong += bool(seen.outside)
        print(f"# {command}: {seen.calls} calls at an address in {seen.children} children and "
              f"threads, {len(seen.outside)} outside", flush=True)
    sys.exit(wrong > 0)


main()
