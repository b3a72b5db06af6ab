#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel's own scripts say of src: kernel-doc and checkpatch.pl, with
the exceptions of .checkpatch.conf.

kernel-style.py --cache DIR KSRC: the scripts of a kernel tree or tarball. It is
skipped, and says so, where there is none.
"""

import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys

import ksrc

SCRIPTS = ["scripts/kernel-doc*", "scripts/lib", "tools/lib/python", "scripts/checkpatch.pl",
           "scripts/spelling.txt", "scripts/const_structs.checkpatch"]
# The kernel's headers by other means, and a C library's.
APART = {"src/oracle/linux", "src/wasm/include"}


def complaints(command, words):
    run = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return [line for line in run.stdout.splitlines() if any(w in line for w in words)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("ksrc")
    args = parser.parse_args()
    if not pathlib.Path(args.ksrc).exists():
        print(f"skipped: kernel-doc and checkpatch.pl: no {args.ksrc} (make deps-source, or KSRC=)")
        return
    args.cache.mkdir(parents=True, exist_ok=True)
    try:
        tree = ksrc.directory_of(args.ksrc, SCRIPTS, args.cache)
    except ksrc.Unusable as e:
        sys.exit(f"kernel-style: {e}")
    files = [str(p) for p in sorted(pathlib.Path("src").rglob("*.[ch]"))
             if str(p.parent) not in APART]
    found = complaints([tree / "scripts/kernel-doc", "-none", "-Wall", *files],
                       ("warning:", "error:"))
    # A minute and a half on one processor.
    shares = [files[i::os.cpu_count()] for i in range(os.cpu_count())]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for some in pool.map(lambda share: complaints(
                ["perl", tree / "scripts/checkpatch.pl", "--no-tree", "--strict", "--terse",
                 "--show-types", "-f", *share], ("WARNING:", "ERROR:", "CHECK:")), shares):
            found += some
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(bool(found))


main()
