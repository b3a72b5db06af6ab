#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Change one line of src/ at a time and see whether "make check" notices.

Every place where an operator of OPERATORS fits is a mutant. A sample of them,
the same for the same seed as long as those lines stay, is built and tested, each
in a copy of the tree, by the test cases that reach its line, the quickest first,
until one fails. Which those are is asked of gcov once for each state of src/ and
tests/. What was tried is kept in the scratch directory, so that a run that was
interrupted goes on. Survivors that are explained in tests/mutants-src.yaml change
nothing that can be seen, and do not count. Exit status 1 if less than 95 % of the
others are caught, or a survivor is not explained."""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import yaml

# What is looked for in a line, and what it becomes.
OPERATORS = [
    ("less", r" < ", " <= "), ("less-equal", r" <= ", " < "),
    ("more", r" > ", " >= "), ("more-equal", r" >= ", " > "),
    ("equal", r" == ", " != "), ("unequal", r" != ", " == "),
    ("and", r" && ", " || "), ("or", r" \|\| ", " && "),
    ("plus", r" \+ ", " - "), ("minus", r" - ", " + "),
    ("plus-one", r" \+ 1\b", ""), ("minus-one", r" - 1\b", ""),
    ("never", r"\bif \((?!0 && )", "if (0 && "),
    ("always", r"\bif \((?!1 \|\| )", "if (1 || "),
    ("not", r"(?<=[( ])!(?=[a-zA-Z(])", ""),
    ("true", r"\breturn true;", "return false;"),
    ("false", r"\breturn false;", "return true;"),
    ("negative", r"\breturn -1;", "return 0;"),
    # That memory is freed, only "make SAN=1 check" can see.
    ("no-call", r"^\t+(?!\w*free\()[a-z_]+\([^;{}]*\);$", ";"),
    ("go-on", r"\bbreak;", "continue;"), ("stop", r"\bcontinue;", "break;"),
    ("assign", r" \|= ", " = "), ("set", r" &= ~", " |= "),
]

# Seconds after which a test case hangs. Check's own limits are so many times longer
# here: other things run beside this.
HANGS, CHECK_LONGER = 900, "6"

# What gcov counts in a child that ends without more ado would be lost.
COUNT_CHILDREN = """
#include <unistd.h>
void __gcov_dump(void);
__attribute__((unused, noreturn)) static void dump_and_exit(int status)
{
	__gcov_dump();
	_exit(status);
}
#define _exit dump_and_exit
"""

# What "make check" runs beside Check's test cases, as ("", name).
PARTS = {
    "vmatlas check": ["build/vmatlas", "check"],
    "transcripts": ["/usr/bin/python3", "tests/transcripts.py", "build/vmatlas",
                    *sorted(map(str, pathlib.Path("tests/transcripts").glob("*.txt")))],
    "json": ["/usr/bin/python3", "tests/json-shapes.py", "--no-random", "build/vmatlas",
             "build/tests/fake-witness"],
}


def code_lines(text):
    """The lines within functions, with comments and strings left out."""
    plain = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\])+\'',
                   lambda m: re.sub(r"[^\n]", "\0", m.group()), text, flags=re.S)
    function, inside = "", False
    for number, line in enumerate(plain.split("\n")):
        head = re.match(r"[a-z].*?\b(\w+)\(", line)
        if head:
            function = head.group(1)
        if line == "{":
            inside = True
        elif line == "}":
            inside = False
        elif inside and not line.startswith("#"):
            yield number, function, line


def mutants(root):
    """All of them, each with a name that stays as long as its line does."""
    for path in sorted(root.glob("src/**/*.c")):
        name = str(path.relative_to(root))
        text = path.read_text()
        lines, seen = text.split("\n"), {}
        for number, function, line in code_lines(text):
            for kind, pattern, by in OPERATORS:
                for m in re.finditer(pattern, line):
                    whole = lines[number]
                    changed = whole[:m.start()] + by + whole[m.end():]
                    key = f"{name} {function} {kind} {whole.strip()} {m.start()}"
                    seen[key] = seen.get(key, 0) + 1
                    yield {"file": name, "line": number + 1, "kind": kind,
                           "function": function, "was": whole.strip(),
                           "now": changed.strip(), "text": changed,
                           "key": f"{key} {seen[key]}"}


def variable(root, name):
    return subprocess.run(["make", "-s", "-C", root, "print-" + name], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.split()


def compiled(root):
    """What is part of the program: the rest is data, and has judges of its own."""
    return set(variable(root, "LIB_SRC")) | {"src/main.c"}


def sample(root, seed, size, only):
    def place(m):
        return hashlib.sha256(f"{seed} {m['key']}".encode()).hexdigest()

    program = compiled(root)
    every = [m for m in mutants(root)
             if m["file"] in program and m["file"].startswith(only)]
    return sorted(every, key=place), len(every), size


class Tree:
    """A copy of the project, built, in which one file at a time is changed."""

    def __init__(self, root, scratch, name, *flags):
        self.root = scratch / name
        # As in development, so that a compiler cache has all but one file.
        self.flags = flags or ("LTO=", "CFLAGS=-O1")
        shutil.rmtree(self.root, ignore_errors=True)
        files = subprocess.run(["git", "-C", root, "ls-files", "-z"], check=True,
                               stdout=subprocess.PIPE, text=True).stdout
        for name in filter(None, files.split("\0")):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, self.root / name)
        self.sound = set()
        if not self.make():
            sys.exit(f"mutants-src: {self.root} does not build")

    def make(self):
        return subprocess.run(
            ["make", "-s", "-C", self.root, "O=build", *self.flags,
             "build/vmatlas", "build/tests/check", "build/tests/fake-witness"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def start(self, suite, case):
        build = self.root / "build"
        env = dict(os.environ, OPS="20000", CK_TIMEOUT_MULTIPLIER=CHECK_LONGER,
                   VMATLAS=str(build / "vmatlas"), PYTHON="/usr/bin/python3",
                   FAKE=str(build / "tests/fake-witness"), DOT="dot")
        what = PARTS.get(case)
        if suite:
            env.update(CK_RUN_SUITE=suite, CK_TAP_LOG_FILE_NAME="-")
            what = [build / "tests/check"]
            if case:
                env["CK_RUN_CASE"] = case
        return subprocess.Popen(what, env=env, cwd=self.root, text=True,
                                stdin=subprocess.DEVNULL, errors="replace",
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                start_new_session=True)

    def run(self, suite, case, to_end=False):
        """Whether a test case passes. The first test that fails ends it."""
        job = self.start(suite, case)

        def end():
            try:
                os.killpg(job.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

        limit = threading.Timer(HANGS, end)
        limit.start()
        try:
            for line in job.stdout:
                if line.startswith("not ok") and not to_end:
                    return False
            return job.wait() == 0
        finally:
            limit.cancel()
            end()
            job.wait()
            job.stdout.close()

    def cases(self, suite):
        """The test cases of a suite."""
        job = self.start(suite, None)
        found = {}
        for line in job.stdout:
            m = re.match(r"(?:not )?ok \d+ - [^:]*:([^:]+):", line)
            if m:
                found[m.group(1)] = True
        job.wait()
        return list(found)

    def reached(self, case):
        """What a test case reaches, {file: lines}, in how many seconds, and all lines
        that there are to be reached in these files."""
        counts = self.root.glob("build/**/*.gcda")
        for path in counts:
            path.unlink()
        began = time.monotonic()
        self.run(*case, to_end=True)
        took = time.monotonic() - began
        made = [str(p) for p in self.root.glob("build/src/**/*.gcda")]
        if not made:
            return {}, took, {}
        counted = subprocess.run(["gcov", "--json-format", "--stdout", *made], text=True,
                              cwd=self.root, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=True).stdout
        lines, every = {}, {}
        for document in counted.splitlines():
            for file in json.loads(document)["files"] if document else []:
                if not file["file"].startswith("src/"):
                    continue
                for line in file["lines"]:
                    every.setdefault(file["file"], set()).add(line["line_number"])
                    if line["count"]:
                        lines.setdefault(file["file"], set()).add(line["line_number"])
        return {name: sorted(those) for name, those in lines.items()}, took, every

    def judge(self, mutant, order):
        """Returns the test case that noticed, "" if none did, None if it is no C."""
        path = self.root / mutant["file"]
        made = (self.root / "build" / mutant["file"]).with_suffix(".o")
        source, times, obj = path.read_text(), path.stat(), made.read_bytes()
        lines = source.split("\n")
        lines[mutant["line"] - 1] = mutant["text"]
        path.write_text("\n".join(lines))
        try:
            if not self.make():
                return None
            by = next((case for case in order if not self.run(*case)), None)
        finally:
            path.write_text(source)
            made.write_bytes(obj)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        if by is None:
            return ""
        if self.is_sound(by):
            return ": ".join(filter(None, by))
        print(f"mutants-src: {by} fails without a change, and is left out",
              file=sys.stderr)
        order.remove(by)
        return self.judge(mutant, order)

    def is_sound(self, case):
        """One that fails without a change, too, would catch everything."""
        if case not in self.sound and self.make() and \
                (self.run(*case) or self.run(*case)):
            self.sound.add(case)
        return case in self.sound


def suites(root):
    names = set()
    for path in sorted((root / "tests").glob("test-*.c")):
        names |= set(re.findall(r'suite_create\("([^"]+)"\)', path.read_text()))
    return sorted(names)


class Log:
    """Lines of JSON that stay if the run is interrupted, as long as nothing changes."""

    def __init__(self, path, state):
        lines = path.read_text().splitlines() if path.exists() else []
        self.kept = []
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue    # The end of it was not written.
            if entry["state"] == state:
                self.kept.append(entry)
        self.state, self.file = state, path.open("w")
        for entry in self.kept:
            print(json.dumps(entry), file=self.file, flush=True)

    def add(self, **entry):
        entry["state"] = self.state
        self.kept.append(entry)
        print(json.dumps(entry), file=self.file, flush=True)

    def of(self, key):
        return [entry for entry in self.kept if key in entry]


class Reach:
    """Which test cases reach a line, the quickest first."""

    def __init__(self, root, scratch, jobs):
        state = hashlib.sha256()
        for path in sorted([*root.glob("src/**/*.[ch]"), *root.glob("tests/*.[ch]"),
                            *root.glob("tests/transcripts/*")]):
            state.update(path.read_bytes())
        self.state = state.hexdigest()
        self.log = Log(scratch / "reached.jsonl", self.state)
        if not self.log.of("all"):
            self.ask(root, scratch, jobs)
            self.log.add(all=True)
        self.cases, self.every = [], {}
        for entry in sorted(self.log.of("lines"), key=lambda e: e["seconds"]):
            lines = {name: set(v) for name, v in entry["lines"].items()}
            self.cases.append((tuple(entry["of"]), lines))
            for name, numbers in entry["every"].items():
                self.every.setdefault(name, set()).update(numbers)

    def ask(self, root, scratch, jobs):
        trees, header = queue.SimpleQueue(), scratch / "count-children.h"
        header.write_text(COUNT_CHILDREN)
        for i in range(jobs):
            trees.put(Tree(root, scratch, f"reach-{i}", "COV=1", "LTO=",
                           f"CFLAGS=-include {header}"))
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            def with_tree(do, *args):
                tree = trees.get()
                try:
                    return do(tree, *args)
                finally:
                    trees.put(tree)

            def find(suite):
                self.log.add(suite=suite, cases=with_tree(Tree.cases, suite))

            def one(case):
                lines, took, every = with_tree(Tree.reached, case)
                if sys.stderr.isatty():
                    print(f"\r{': '.join(case)[:70]:70}", end="", file=sys.stderr)
                self.log.add(of=case, lines=lines, seconds=took,
                             every={name: sorted(v) for name, v in every.items()})

            found = {entry["suite"] for entry in self.log.of("suite")}
            list(pool.map(find, [s for s in suites(root) if s not in found]))
            asked = {tuple(entry["of"]) for entry in self.log.of("lines")}
            cases = [(e["suite"], case) for e in self.log.of("suite")
                     for case in e["cases"]]
            parts = [("", name) for name in PARTS]
            list(pool.map(one, [c for c in [*parts, *cases] if c not in asked]))

    def of(self, name, line):
        """What goes on from the line before counts there."""
        every = self.every.get(name, ())
        while line not in every and line:
            line -= 1
        return [case for case, lines in self.cases if line in lines.get(name, ())]


def explained(root):
    text = (root / "tests/mutants-src.yaml").read_text()
    return {(e["file"], e["was"], e["now"]): e["because"]
            for e in yaml.safe_load(text) or []}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--only", default="src/", help="files that begin so")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parent.parent
    args.scratch = args.scratch.resolve()
    args.scratch.mkdir(parents=True, exist_ok=True)

    ranked, total, size = sample(root, args.seed, args.sample, args.only)
    known, kept = {}, args.scratch / "tried.jsonl"
    for line in kept.read_text().splitlines() if kept.exists() else []:
        entry = json.loads(line)
        known[entry["key"]] = entry
    trees, reach = queue.SimpleQueue(), Reach(root, args.scratch, args.jobs)

    def work(mutant):
        order = reach.of(mutant["file"], mutant["line"])
        tree = trees.get()
        try:
            return tree.judge(mutant, order)
        finally:
            trees.put(tree)

    results, built = [], False
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool, \
            kept.open("a") as log:
        pending, ranked = {}, iter(ranked)
        while len(results) < size:
            while len(pending) < args.jobs:
                mutant = next(ranked, None)
                if not mutant or len(results) + len(pending) >= size:
                    break
                entry = known.get(mutant["key"])
                if entry and (entry["by"] or entry["state"] == reach.state):
                    if entry["by"] is not None:
                        results.append({**mutant, "by": entry["by"]})
                    continue
                if not built:
                    built = True
                    for i in range(args.jobs):
                        trees.put(Tree(root, args.scratch, f"tree-{i}"))
                pending[pool.submit(work, mutant)] = mutant
            if not pending:
                break
            done, _ = concurrent.futures.wait(
                pending, return_when=concurrent.futures.FIRST_COMPLETED)
            for job in done:
                mutant = pending.pop(job)
                by = job.result()
                print(json.dumps({"key": mutant["key"], "by": by,
                                  "state": reach.state}), file=log, flush=True)
                if by is not None:
                    results.append({**mutant, "by": by})
                    if sys.stderr.isatty():
                        print(f"\r{len(results)} of {size}", end="",
                              file=sys.stderr, flush=True)

    reasons, survivors, unexplained = explained(root), 0, 0
    for m in sorted(results, key=lambda m: (m["file"], m["line"])):
        if m["by"]:
            continue
        survivors += 1
        why = reasons.get((m["file"], m["was"], m["now"]))
        unexplained += not why
        print(f"{m['file']}:{m['line']}: {m['function']}() survives: {m['kind']}\n"
              f"  - {m['was']}\n  + {m['now']}"
              + (f"\n  explained: {why}" if why else ""))
    caught, count = len(results) - survivors, len(results) - survivors + unexplained
    print(f"{caught} of {count} mutants caught ({100 * caught / max(1, count):.1f} %),"
          f" {unexplained} survive; {survivors - unexplained} more are explained;"
          f" {total} there are in {args.only}")
    sys.exit(1 if unexplained or caught < 0.95 * count else 0)


if __name__ == "__main__":
    main()
