#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run the commands of transcripts, and see whether they say what stands there.

A transcript is what a terminal of 80 columns shows: lines that begin with "$ " are
commands, for sh in the root of the tree, and those below are what it prints; a line
"[1]" at the end is its exit status, if that is not 0. Lines before the first command
say what it is about. Every line was read by somebody, and held to be true: where the
program's words change, --update writes the transcripts anew, and what "git diff" shows
then is to be read again."""

import argparse
import concurrent.futures
import difflib
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def parse(text):
    """What stands before the first command, and (command, output) of each."""
    head, *rest = ("\n" + text).split("\n$ ")
    return head.strip("\n"), [part.split("\n", 1) for part in rest]


def run(command, env):
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, env=env, timeout=60,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    text = done.stdout.decode(errors="backslashreplace")
    if text and not text.endswith("\n"):
        text += "\n(no newline at the end)\n"
    return text + (f"[{done.returncode}]\n" if done.returncode else "")


def play(path, env):
    """The transcript as it stands, and as it would be now."""
    was = path.read_text()
    head, parts = parse(was)
    now = (head + "\n\n" if head else "") + "".join(
        f"$ {command}\n{run(command, env)}" for command, *_ in parts)
    return was, now


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--update", action="store_true")
    parser.add_argument("vmatlas", type=pathlib.Path)
    parser.add_argument("transcript", type=pathlib.Path, nargs="+")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as where, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        (pathlib.Path(where) / "vmatlas").symlink_to(args.vmatlas.resolve())
        env = {"PATH": f"{where}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8",
               "TMPDIR": where, "HOME": where,
               "FAKE": str(args.vmatlas.resolve().parent / "tests/fake-witness"),
               **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}}
        played = list(pool.map(lambda path: play(path, env), args.transcript))

    differ = 0
    for path, (was, now) in zip(args.transcript, played):
        if was == now:
            continue
        differ += 1
        if args.update:
            path.write_text(now)
            continue
        sys.stdout.writelines(difflib.unified_diff(
            was.splitlines(True), now.splitlines(True), str(path), "now"))
    if not args.update:
        print(f"{len(played) - differ} of {len(played)} transcripts are as they were")
    sys.exit(differ and not args.update)


if __name__ == "__main__":
    main()
