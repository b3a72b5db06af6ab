#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Each command with an allocation that finds no memory.

check-alloc.py [--each N] VMATLAS PRELOAD WITNESS: a run must end as one that has
memory does, with the same output and status, or with status 2 and a message. Of a
command's allocations N are tried, spread over all of them. What the running kernel
says is another each time, so that only the status of these is compared.
"""

import argparse
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

COMMANDS = [
    "list", "list --format json", "show new-merge-left", "show --format json new-merge-left",
    "show --no-such-option", "check catalog/new.yaml", "check --format json catalog/new.yaml",
    "emit ascii", "emit json new-merge-left", "emit rst -o {dir}", "emit dot -o {dir}",
    "emit svg -o {dir}", "emit comment new-merge-both", "emit kselftest -o {dir}",
    "emit promela -o {dir} new-merge-left", "emit vma-test --kernel 6.12",
    "explore new-merge-left", "explore --format json new-merge-left",
    "explore --trace new-merge-left", "space --only {key}", "space --only {key} --show",
    "explain --summary {maps}", "explain {maps}",
    "explain --format json {maps}",
    "replay {trace}", "replay --format json {trace}",
    "replay --pid 18644 {trace}", "replay --layout {dir} {trace}",
    "explain --show 7fdef386b000 {maps}", "explain --strict {maps}",
    "explain {bad_maps}", "explain --format json {bad_maps}", "replay {bad_trace}",
    "replay --format json --verify {end} {trace}", "replay --strict {bad_trace}",
    "explain --all --prometheus", "explain --all --format json", "explain --pid {pid}",
    "what-if --empty mmap 100000 4p rw- mprotect 101000 1p r--",
    "what-if --empty --format json mmap 100000 4p rw- munmap 101000 1p",
    "what-if {maps} mmap 100000 4p rw-",
    "source --witness {witness} --cases", "source --witness {witness} --only {key}",
    "source --witness {witness} --format json --cases",
    "live --summary", "live --format json", "live --tap", "live --rules-table",
    "live --random --calls 200 --seed 1",
    "race --seconds 0.2 new-merge-left", "race --seconds 0.2 --format json new-merge-left",
    "race --seconds 0.2 --tap new-merge-left", "race --seconds 0.2 --summary new-merge-left",
    "explore --ops 2 new-merge-left", "space --case new-merge-left",
    "space --case new-merge-left --format json", "space --summary", "emit rst --flavour kernel -o {dir}",
    "lsit", "help", "emit no-such-format", "show no-such-case",
]
TIMEOUT = 60
# What the kernel says at that moment is in the output of these.
VOLATILE = ("race", "explain --all", "explain --pid", "live --random")


def first(directory):
    return str(sorted(p for p in pathlib.Path(directory).iterdir() if p.is_file())[0])


def run(vmatlas, preload, words, number, count=None):
    env = dict(os.environ, LD_PRELOAD=preload, FAIL_ALLOC=str(number), LC_ALL="C")
    if count:
        env["COUNT_ALLOC"] = count
    try:
        ran = subprocess.run([vmatlas, *words], env=env, capture_output=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return None, b"", b""
    return ran.returncode, ran.stdout, ran.stderr


def complaint(fine, ran):
    """What is wrong with a run, compared with one that had memory; or None."""
    status, out, err = ran
    if status is None:
        return "does not end"
    if status < 0:
        return f"killed by signal {-status}"
    if (status, out) == fine[:2]:
        return None
    if status != 2:
        return f"status {status} and another output"
    return None if err.strip() else "status 2 without a message"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=70)
    parser.add_argument("--only", default="")
    parser.add_argument("vmatlas")
    parser.add_argument("preload")
    parser.add_argument("witness")
    args = parser.parse_args()
    vmatlas, preload, witness = map(os.path.abspath, (args.vmatlas, args.preload, args.witness))
    tried = wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        names = {"maps": "docs/explain-sample.smaps", "trace": "docs/data/replay-example/trace",
                 "end": "docs/data/replay-example/end",
                 "bad_maps": first("tests/corpus/maps"), "bad_trace": first("tests/corpus/trace"),
                 "dir": scratch + "/out", "witness": witness, "pid": os.getpid()}
        names["key"] = subprocess.run([vmatlas, "space", "--case", "new-merge-left", "--format", "tsv"],
                                      capture_output=True, text=True).stdout.split("\n")[1].split("\t")[0]
        for command in COMMANDS:
            if args.only and args.only not in command:
                continue
            words = [w.format(**names) for w in shlex.split(command)]
            count = scratch + "/count"
            run(vmatlas, preload, words, 0, count)  # what is written is there afterwards
            fine = run(vmatlas, preload, words, 0, count)
            nr = int(pathlib.Path(count).read_text())
            for i in range(min(args.each, nr)):
                number = 1 + i * nr // min(args.each, nr)
                ran = run(vmatlas, preload, words, number)
                if command.startswith(VOLATILE):
                    ran = (ran[0], fine[1], ran[2])
                what = complaint(fine, ran)
                tried += 1
                if what:
                    wrong += 1
                    print(f"{command}: allocation {number} of {nr}: {what}")
    print(f"check-alloc: {tried} runs, {wrong} wrong")
    sys.exit(wrong > 0)


main()
