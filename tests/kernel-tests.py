#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Put the tests that "vmatlas emit vma-test" writes into a copy of a kernel
tree, build them with the tree's own Makefile, and run them. Then change a line
of mm/vma.c, one at a time, and see which tests notice, beside which of the
tree's own do.

Exit status 0 if all is well, 1 if a test fails or a change goes unnoticed, 2 if
the tree cannot be used. The tree itself is only read."""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

import yaml

sys.dont_write_bytecode = True  # the source tree stays as it is
import ksrc
import mutants

VMA = "tools/testing/vma"

# What the harness is built from. Of the last few, only what others include.
NEEDED = ["Makefile", "include/linux/xarray.h", "include/linux/maple_tree.h",
          "include/linux/radix-tree.h", "include/linux/idr.h",
          "lib/maple_tree.c", "lib/radix-tree.c", "lib/xarray.c", "lib/idr.c",
          "mm/vma.c", "mm/vma.h", "tools/include", "tools/lib", "tools/arch",
          "tools/testing/radix-tree", "tools/testing/shared/shared.mk",
          "tools/testing/shared/maple-shim.c", VMA + "/Makefile",
          VMA + "/vma_internal.h"]
WANTED = ["Makefile", "include/linux", "lib", "mm", "tools/arch",
          "tools/include", "tools/lib", "tools/scripts",
          "tools/testing/radix-tree",
          "tools/testing/shared", VMA, "scripts/checkpatch.pl",
          "scripts/spelling.txt", "scripts/const_structs.checkpatch"]

# The harness of 6.12 does not link for want of this. It is not part of the
# patch: whoever repairs the harness needs no stub.
STUB = """struct vm_area_struct;
void vma_close(struct vm_area_struct *vma);
void vma_close(struct vm_area_struct *vma)
{
\t(void)vma;
}
"""

TIMEOUT = 30  # seconds for a run of the tests: a change may make them hang


# ---- the tree ----------------------------------------------------------------


def stop(signum, _frame):
    """So that what is made aside is taken away again."""
    sys.exit(128 + signum)


def known_versions(vmatlas):
    """What the emitter says of the versions that it knows."""
    run = subprocess.run([vmatlas, "emit", "vma-test"], capture_output=True,
                         text=True)
    said = run.stderr.strip().partition("--kernel ")[2]
    return said or run.stderr.strip()


def check_tree(tree, name, kernel, vmatlas):
    if not (tree / VMA).is_dir() or not (tree / "mm/vma.c").is_file():
        missing = VMA if not (tree / VMA).is_dir() else "mm/vma.c"
        raise ksrc.Unusable(f"{name}: Linux {kernel} without {missing}; known "
                            f"are {known_versions(vmatlas)}")
    ksrc.check_has(tree, name, NEEDED, "unpack the tree anew")


def find_tree(args):
    tree = ksrc.directory_of(args.ksrc, WANTED, args.scratch)
    # Of a stable series, too: it may have taken over what is of a later release.
    kernel = ".".join(map(str, ksrc.version_of(tree, args.ksrc)))
    check_tree(tree, args.ksrc, kernel, args.vmatlas)
    return tree, kernel


# ---- a copy ------------------------------------------------------------------


def link_tree(tree, root):
    """A tree of links, but for the two directories that are written to."""
    (root / "tools/testing").mkdir(parents=True)
    for path in ("include", "lib"):
        (root / path).symlink_to(tree / path)
    for entry in (tree / "tools").iterdir():
        if entry.name != "testing":
            (root / "tools" / entry.name).symlink_to(entry)
    for name in ("shared", "radix-tree"):
        (root / "tools/testing" / name).symlink_to(tree / "tools/testing" / name)
    (root / "mm").mkdir()
    for entry in (tree / "mm").glob("vma*"):
        shutil.copy(entry, root / "mm")
    shutil.copytree(tree / VMA, root / VMA, ignore=shutil.ignore_patterns(
        "*.o", "vma", "generated", "radix-tree.c", "idr.c"))
    for directory, _, files in os.walk(root / VMA):
        for name in files:
            os.chmod(pathlib.Path(directory) / name, 0o644)


def insert(text, where, line, path, before=True):
    """Put a line before the first one that matches, or after the last."""
    found = list(re.finditer(where, text, re.M))
    if not found:
        raise ksrc.Unusable(f"{path}: a harness of an unknown kind: nothing in it "
                       f"looks like '{where}'")
    at = found[0].start() if before else found[-1].end() + 1
    return text[:at] + line + "\n" + text[at:]


def place(vmatlas, catalog, kernel, vma):
    """Write the tests into a tools/testing/vma, and have them called there."""
    run = subprocess.run(
        [vmatlas, "emit", "vma-test", "--kernel", kernel, "--catalog", catalog,
         "-o", vma], stderr=subprocess.PIPE, text=True)
    if run.returncode == 2:
        raise ksrc.Unusable(run.stderr.strip().removeprefix("vmatlas: "))
    if run.returncode:
        raise SystemExit(run.stderr)
    many = (vma / "tests/catalog.c").exists()
    call(vma, "catalog.h", "tests/catalog.c" if many else "catalog.c", "run_catalog_tests")


def call(vma, header, tests, function):
    """Include these two files in the harness, and call the function at its end."""
    path = vma / ("main.c" if (vma / "tests").is_dir() else "vma.c")
    text = path.read_text()
    text = insert(text, r'^#include ".*/mm/vma(_exec)?\.c"$',
                  f'#include "{header}"', path)
    if path.name == "main.c":
        text = insert(text, r'^#include "tests/.*"$', f'#include "{tests}"', path,
                      before=False)
        text = insert(text, r"^\trun_\w+_tests\(.*\);$",
                      f"\t{function}(&num_tests, &num_fail);", path, before=False)
    else:
        text = insert(text, r"^int main\(void\)$", f'#include "{tests}"\n', path)
        text = insert(text, r"^#undef TEST$",
                      f"#undef TEST\n\n\t{function}(&num_tests, &num_fail);",
                      path).replace(
            "(&num_tests, &num_fail);\n#undef TEST\n", "(&num_tests, &num_fail);\n")
    path.write_text(text)
    makefile = vma / "Makefile"
    rule = r"^(vma|main)\.o:.*$"
    makefile.write_text(insert(makefile.read_text(), rule,
                               f"{path.stem}.o: {header} {tests}", makefile,
                               before=False))


# ---- building and running ----------------------------------------------------


class Failed(Exception):
    """Does not compile."""


def needs_stub(tree):
    return not any("void vma_close(" in p.read_text(errors="replace")
                   for p in (tree / VMA).rglob("*.h"))


def make_stub(scratch):
    source = scratch / "stub.c"
    source.write_text(STUB)
    subprocess.run(["cc", "-c", "-o", scratch / "stub.o", source], check=True)
    return scratch / "stub.o"


# Of "make" without sanitizers: what shared.mk and the Makefile have but for these.
PLAIN = []
PLAIN_FLAGS = ("-I../shared -I. -I../../include -I../../arch/x86/include -I../../../lib "
               "-O0 -w -D_LGPL_SOURCE -DNUM_VMA_FLAG_BITS=64 -DNUM_MM_FLAG_BITS=64")


# These are made whether or not they change, and most else after them.
MADE = [f"--old-file=generated/{name}.h" for name in ("autoconf", "bit-length", "map-shift")]


def build(root, stub, again=False):
    """Again: after a change of mm/vma.c and no more."""
    env = dict(os.environ, LC_ALL="C")
    if stub:
        env["LDLIBS"] = str(stub)
    run = subprocess.run(["make", "-s", "-C", root / VMA, *(MADE if again else []), *PLAIN],
                         env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True)
    if run.returncode:
        raise Failed(run.stdout)
    return run.stdout


class Outcome:
    """Of a run: which tests failed, and whether it came to its end."""

    def __init__(self, failed, total, died):
        self.failed = failed
        self.total = total
        self.died = died

    def notices(self):
        return bool(self.failed) or bool(self.died)


def death(stderr):
    """In which test it was, as the sanitizer's stack has it."""
    found = re.search(r"\bin test_(\w+) ", stderr)
    return found.group(1) if found else "unknown"


def run_tests(root, leaks):
    """A test that fails leaks memory; to tell of that is what takes long."""
    env = dict(os.environ, ASAN_OPTIONS=f"detect_leaks={int(leaks)}")
    try:
        run = subprocess.run(["./vma"], cwd=root / VMA, capture_output=True,
                             env=env, text=True, errors="replace",
                             timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return Outcome([], 0, "hangs")
    failed = re.findall(r"^Test (\w+) FAILED$", run.stderr, re.M)
    end = re.search(r"^(\d+) tests run, \d+ passed, \d+ failed\.$", run.stdout, re.M)
    if "LeakSanitizer" in run.stderr:
        return Outcome(failed, 0, "leaks")
    if not end:
        return Outcome(failed, 0, death(run.stderr))
    return Outcome(failed, int(end.group(1)), None)


def warnings_of(log):
    """What the compiler says of our files."""
    return [line for line in log.splitlines()
            if re.match(r"((tests/)?(catalog|cases)\.[ch]|watch\.h):.*(warning|error):",
                        line)]


# ---- style -------------------------------------------------------------------


def checkpatch(tree, vma):
    """Complaints about what was generated: there are to be none at all."""
    script = tree / "scripts/checkpatch.pl"
    if not script.exists() or not shutil.which("perl"):
        print("  (no scripts/checkpatch.pl: style not checked)")
        return []
    files = [p for p in ("catalog.h", "catalog.c", "tests/catalog.c", "watch.h", "cases.c",
                         "tests/cases.c")
             if (vma / p).exists()]
    run = subprocess.run(
        ["perl", script, "--no-tree", "--strict", "--show-types", "--terse",
         "--no-summary", "-f", *files], cwd=vma, capture_output=True, text=True)
    return [line for line in run.stdout.splitlines() if ": " in line]


# ---- changes -----------------------------------------------------------------


class Bench:
    """The tree's own tests and ours, each built in a tree of links."""

    def __init__(self, tree, kernel, args, root, stub):
        self.stub = stub
        self.roots = {}
        for kind in ("own", "ours"):
            self.roots[kind] = root / kind
            link_tree(tree, root / kind)
        try:
            if args.written:
                ksrc.sibling("series").put_written(kernel, self.roots["ours"])
            else:
                place(args.vmatlas, args.catalog, kernel, self.roots["ours"] / VMA)
        except ksrc.Unusable as e:
            raise ksrc.Unusable(f"{args.ksrc}: {e}") from e

    def build(self, again=False):
        return {kind: build(root, self.stub, again)
                for kind, root in self.roots.items()}

    def run(self, leaks):
        return {kind: run_tests(root, leaks)
                for kind, root in self.roots.items()}

    def alone(self):
        """Call only ours in our build: if a test dies, so do those after it."""
        vma = self.roots["ours"] / VMA
        path = vma / ("main.c" if (vma / "tests").is_dir() else "vma.c")
        path.write_text(re.sub(
            r"^\t(TEST\(\w+\)|run_(?!catalog|case)\w+_tests\(.*\));\n", "",
            path.read_text(), flags=re.M))

    def mutate(self, mutant):
        """Change all copies, build, run, and change back."""
        files = [p for p in ("mm/vma.c", "mm/vma.h")]
        kept = {(kind, f): (root / f).read_text()
                for kind, root in self.roots.items() for f in files}
        try:
            for root in self.roots.values():
                mutants.apply(root, files, mutant)
            self.build(again=True)
            return self.run(leaks=False)
        finally:
            for (kind, f), text in kept.items():
                (self.roots[kind] / f).write_text(text)


def try_mutant(bench, mutant):
    try:
        return bench.mutate(mutant)
    except Failed as e:
        return str(e).strip().splitlines()[-1]
    except SystemExit:
        return None  # this tree has no such line


def wanted_mutants(only):
    """All of mutants.yaml, or those with these numbers."""
    listed = yaml.safe_load((pathlib.Path(__file__).parent /
                             "mutants.yaml").read_text())
    return [mutants.Mutant("linux", i, entry)
            for i, entry in enumerate(listed["linux"], start=1)
            if not only or i in only]


def try_all(benches, listed):
    """Each bench takes the next change that nobody has."""
    results = {}
    todo = iter(listed)
    lock = threading.Lock()
    stopped = threading.Event()

    def work(bench):
        while True:
            with lock:
                mutant = next(todo, None)
            if mutant is None or stopped.is_set():
                return
            results[mutant.name] = try_mutant(bench, mutant)

    with concurrent.futures.ThreadPoolExecutor(len(benches)) as pool:
        try:
            list(pool.map(work, benches))
        finally:
            stopped.set()  # whoever still works finishes that change, and ends
    return results


# ---- the table ---------------------------------------------------------------

NAMED = 3  # tests in a cell


def cell(outcome):
    if not outcome.notices():
        return "none"
    words = outcome.failed[:NAMED]
    if len(outcome.failed) > NAMED:
        words.append(f"{len(outcome.failed) - NAMED} more")
    if outcome.died:
        words.append({"hangs": "it hangs", "unknown": "it dies"}.get(
            outcome.died, f"{outcome.died} dies"))
    return ", ".join(words)


COLUMNS = ("where", "change", "the tree's own tests")
VERSION_COLUMNS = ("Linux", "changes", "noticed by the generated tests",
                   "by the tree's own", "by either")


def write_version(path, row):
    """Put a version's row in the place of the one that it had."""
    lines = path.read_text().splitlines()[1:] if path.exists() else []
    rows = {old.split("\t")[0]: old.split("\t") for old in lines}
    rows[row[0]] = row
    write_table(path, VERSION_COLUMNS,
                [rows[kernel] for kernel in sorted(rows, key=mutants.numbers)])


def write_table(path, columns, rows):
    """Aside, then renamed."""
    tmp = path.with_name(path.name + f".{os.getpid()}.tmp")
    try:
        with tmp.open("w") as out:
            for row in (columns, *rows):
                print("\t".join(row), file=out)
        tmp.rename(path)
    finally:
        tmp.unlink(missing_ok=True)


# ---- all of it ---------------------------------------------------------------


def tell_base(outcomes, kernel):
    """What both builds come to without a change. Returns what is wrong."""
    own, ours = outcomes["own"], outcomes["ours"]
    print(f"Linux {kernel}: {own.total} tests of its own, "
          f"{max(ours.total - own.total, 0)} of ours")
    wrong = [f"test {t} fails" for t in ours.failed]
    for outcome in (own, ours):
        if outcome.died:
            wrong.append(f"the tests do not end well: {outcome.died}")
    if not ours.died and ours.total <= own.total:
        wrong.append("no test of ours was run")
    return wrong


class Tally:
    """Of the changes: what the table has, and how many noticed them."""

    def __init__(self):
        self.rows = []
        self.ours = self.own = self.either = 0
        self.lost = 0  # which the tree should have, and has not

    def add(self, mutant, outcomes):
        ours, own = outcomes["ours"].notices(), outcomes["own"].notices()
        self.ours += ours
        self.own += own
        self.either += ours or own
        self.rows.append((f"{mutant.function}()", mutant.so,
                          cell(outcomes["own"]), cell(outcomes["ours"])))


def tell_mutants(listed, results, kernel):
    tally = Tally()
    for m in listed:
        r = results[m.name]
        if r is None:
            known = mutants.numbers(m.since) <= mutants.numbers(kernel)
            tally.lost += known
            print(f"{m.name:9} {'LOST  ' if known else 'absent'}  "
                  f"{m.function}(): {m.so}")
            continue
        if isinstance(r, str):
            raise SystemExit(f"kernel-tests: {m.name} does not compile: {r}")
        tally.add(m, r)
        print(f"{m.name:9} {'caught' if r['ours'].notices() else 'MISSED'}  "
              f"{m.function}(): {m.so}", flush=True)
    print(f"{tally.ours} of {len(tally.rows)} changes caught by our "
          f"tests, {tally.own} by the tree's own, {tally.either} by either")
    return tally


def work_in(args, aside):
    tree, kernel = find_tree(args)
    stub = make_stub(aside) if needs_stub(tree) else None
    nr = 1 if args.quick else os.cpu_count()
    benches = [Bench(tree, kernel, args, aside / str(i), stub) for i in range(nr)]
    try:
        logs = [bench.build() for bench in benches]
    except Failed as e:
        raise SystemExit(f"kernel-tests: does not build:\n{e}") from e
    wrong = warnings_of(logs[0]["ours"])
    wrong += checkpatch(tree, benches[0].roots["ours"] / VMA)
    wrong += tell_base(benches[0].run(leaks=True), kernel)
    if stub:
        print("with a vma_close() that the harness lacks")
    for line in wrong:
        print(f"kernel-tests: {line}", file=sys.stderr)
    if wrong or args.quick:
        return bool(wrong)
    for bench in benches:
        bench.alone()
    listed = wanted_mutants(args.only)
    tally = tell_mutants(listed, try_all(benches, listed), kernel)
    if args.table:
        tests = "these tests" if args.written else "generated tests"
        write_table(args.table, (*COLUMNS, tests), tally.rows)
    if args.versions:
        write_version(args.versions, [kernel, *map(str, (
            len(tally.rows), tally.ours, tally.own, tally.either))])
    return tally.lost > 0 or tally.ours < len(tally.rows)


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vmatlas", required=True, type=pathlib.Path)
    parser.add_argument("--catalog", required=True)
    parser.add_argument("--ksrc", help="kernel tree, or tarball of one")
    parser.add_argument("--scratch", type=pathlib.Path,
                        help="directory for copies; an unpacked tarball stays")
    parser.add_argument("--quick", action="store_true",
                        help="build and run, and change nothing")
    parser.add_argument("--only", metavar="N", type=int, nargs="+",
                        help="of the changes, those with these numbers alone")
    parser.add_argument("--plain", action="store_true",
                        help="without sanitizers: faster, but what only they notice is missed")
    parser.add_argument("--written", action="store_true",
                        help="the tests of docs/patches/tests instead of generated ones")
    parser.add_argument("--table", type=pathlib.Path,
                        help="where to put what notices which change")
    parser.add_argument("--versions", type=pathlib.Path,
                        help="the table with a row for each version, for how many")
    parser.add_argument("--place", metavar="DIR", type=pathlib.Path,
                        help="write into this tools/testing/vma, and no more")
    parser.add_argument("--kernel", help="with --place: of which version it is")
    args = parser.parse_args()
    if not (args.place and args.kernel or args.ksrc and args.scratch):
        parser.error("expected --ksrc and --scratch, or --place and --kernel")
    args.vmatlas = args.vmatlas.resolve()
    if args.plain:
        PLAIN[:] = [f"CFLAGS={PLAIN_FLAGS}", "LDFLAGS="]
    return args


def main():
    args = parse_args()
    for signum in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, stop)
    try:
        if args.place:
            place(args.vmatlas, args.catalog, args.kernel, args.place)
            return 0
        args.scratch.mkdir(parents=True, exist_ok=True)
        args.scratch = args.scratch.resolve()
        with tempfile.TemporaryDirectory(prefix="run.", dir=args.scratch) as aside:
            return int(work_in(args, pathlib.Path(aside)))
    except ksrc.Unusable as e:
        print(f"kernel-tests: {e}", file=sys.stderr)
        return 2
    except OSError as e:
        print(f"kernel-tests: {e}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
