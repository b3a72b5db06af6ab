#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Build and run what "vmatlas emit kselftest" writes, as the kernel's people would.

KSRC is a kernel tree, a directory or a tarball, and is only ever read: the few files
that the harness needs are copied to the scratch directory. There the test is run in
the tree's place by "make run_tests", by itself, and as a user without privileges; the
kernel's checkpatch.pl reads it; what it says of this kernel must be what "vmatlas live"
says; and with each of some wrong tables it must fail where the table is wrong.

Exit status: 0 if all is as it should be, 1 if not, 2 if KSRC cannot be used.
"""

import argparse
import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import yaml

SELFTESTS = "tools/testing/selftests"
PROGRAM = "vmatlas_test"

# What must be there of a tree, and what else is copied if it is.
NEEDED = ("scripts/checkpatch.pl", "scripts/subarch.include", f"{SELFTESTS}/Makefile",
          f"{SELFTESTS}/lib.mk", f"{SELFTESTS}/kselftest.h",
          f"{SELFTESTS}/kselftest/runner.sh")
COPIED = NEEDED + (
    "scripts/const_structs.checkpatch", "scripts/spelling.txt",
    f"{SELFTESTS}/kselftest_harness.h", f"{SELFTESTS}/kselftest/ktap_helpers.sh",
    f"{SELFTESTS}/kselftest/module.sh", f"{SELFTESTS}/kselftest/prefix.pl",
    f"{SELFTESTS}/kselftest/ksft.py", f"{SELFTESTS}/kselftest_install.sh",
    f"{SELFTESTS}/run_kselftest.sh",
    # The tree's parser of KTAP.
    *(f"tools/testing/kunit/{name}.py" for name in (
        "kunit", "kunit_config", "kunit_json", "kunit_junit", "kunit_kernel", "kunit_parser",
        "kunit_printer", "qemu_config")))

# What checkpatch.pl says of it, and why that may stay.
ROWS = "it declares something for each row of a table"
REASONS = {
    ("*", "PREFER_KERNEL_TYPES"): "it is a program, and these are C's types",
    ("syscall/table.h", "COMPLEX_MACRO"): "it is a table, and its rows are macros",
    ("syscall/table.h", "MACRO_ARG_REUSE"): "it is a table, and its rows are macros",
    ("syscall/table.h", "BIT_MACRO"): "BIT() is the kernel's, and this a program",
    ("syscall/table.c", "MACRO_ARG_UNUSED"): ROWS,
    ("syscall/kernel/kernel.h", "MACRO_ARG_UNUSED"): ROWS,
    ("syscall/kernel/kernel.h", "MULTISTATEMENT_MACRO_USE_DO_WHILE"): ROWS,
    ("syscall/kernel/kernel.h", "TRAILING_SEMICOLON"): ROWS,
    ("syscall/kernel/do.c", "BRACKET_SPACE"): ROWS,
    ("syscall/kernel/do.c", "SPACING"): "'const' is of what is pointed at",
    ("syscall/kernel/exec.c", "CAMELCASE"): "libc's <link.h> has these names",
    ("syscall/kernel/do.c", "ENOSYS"): "it is that a system call is missing",
    ("syscall/kernel/maps.c", "ENOSYS"): "it is that a system call is missing",
    ("vmatlas_test.c", "ENOSYS"): "it is that a system call is missing",
    ("vmatlas_test.c", "PREFER_DEFINED_ATTRIBUTE_MACRO"):
        "it is defined there, for trees that do not",
}

# The harness ends a test after 45 seconds.
LIMIT = 45
NOBODY = "65534"


class Unusable(Exception):
    """KSRC cannot be used, for this reason."""


class Wrong(Exception):
    """The test is not as it should be."""


def say(text):
    print(f"kselftest: {text}", flush=True)


def run(*command, cwd=None, limit=300):
    """A program that is told nothing of the make that called this one."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("MAKE", "KSFT_", "KBUILD_"))
           and k not in ("MFLAGS", "O", "OUTPUT", "ARCH", "TARGETS")}
    env["LC_ALL"] = "C"
    try:
        return subprocess.run([str(c) for c in command], cwd=cwd, env=env, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=limit, check=False)
    except OSError as err:
        raise Unusable(f"cannot run '{command[0]}': {err.strerror}") from err
    except subprocess.TimeoutExpired as err:
        raise Wrong(f"{command[0]} took longer than {limit} seconds") from err


# ---- the kernel tree ---------------------------------------------------------


def fingerprint(ksrc):
    """Of what a tarball holds, as far as its time stamp tells."""
    stat = ksrc.stat()
    text = f"{ksrc.resolve()} {stat.st_size} {stat.st_mtime_ns} {COPIED}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def unpack(tarball, to):
    """Those files of the tarball that are there; its first directory is dropped."""
    run("tar", "-xf", tarball, "-C", to, "--strip-components=1", "--no-same-owner",
        "--no-wildcards-match-slash", "--wildcards", *[f"*/{name}" for name in COPIED],
        limit=600)


def copy(tree, to):
    for name in COPIED:
        if (tree / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(tree / name, to / name)


def check_tree(ksrc, tree):
    for name in NEEDED:
        if not (tree / name).is_file():
            raise Unusable(f"no {name} in '{ksrc}', expected a kernel tree or a "
                           "tarball of one, whole, such as of Linux 6.12")


def unpacked(ksrc, scratch):
    """What is needed of a tarball, kept for the next time: made aside, then renamed."""
    kept = scratch / f"tree-{fingerprint(ksrc)}"
    if kept.is_dir():
        return kept
    aside = pathlib.Path(tempfile.mkdtemp(prefix="aside-", dir=scratch))
    try:
        unpack(ksrc, aside)
        check_tree(ksrc, aside)
        # Another run may have been faster, with the same files.
        with contextlib.suppress(OSError):
            aside.rename(kept)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return kept


def take_tree(ksrc, scratch, to):
    """A copy of KSRC that may be written to."""
    if not ksrc.exists():
        raise Unusable(f"no '{ksrc}', expected a kernel tree or a tarball of one")
    if not ksrc.is_dir() and not ksrc.is_file():
        raise Unusable(f"'{ksrc}' is neither a directory nor a file, expected a kernel "
                       "tree or a tarball of one")
    if not ksrc.is_dir():
        copy(unpacked(ksrc, scratch), to)
        return
    check_tree(ksrc, ksrc)
    copy(ksrc, to)


# ---- what a test prints ------------------------------------------------------

RESULT = re.compile(r"(not )?ok (\d+) (?:# (SKIP|XFAIL) )?(.*)")
TOTALS = re.compile(r"# Totals: pass:(\d+) fail:(\d+) xfail:0 xpass:0 skip:(\d+) "
                    r"error:0")


def read_results(lines):
    """Pairs of a test and "pass", "fail" or "skip"; each skip has a reason before."""
    results, last = [], ""
    for line in lines:
        found = RESULT.fullmatch(line)
        if not found:
            last = line if line.startswith("# ") else last
            continue
        failed, number, directive, name = found.groups()
        if int(number) != len(results) + 1:
            raise Wrong(f"result {number} is the {len(results) + 1}th")
        if directive == "XFAIL" or (failed and directive):
            raise Wrong(f"an unexpected directive: {line}")
        if directive and not last.startswith(f"# {name}: ") and "  " not in last:
            raise Wrong(f"'{name}' is skipped without a reason")
        results.append((name, "fail" if failed else "skip" if directive else "pass"))
    return results


def read_ktap(text):
    """As read_results(), of output that is complete and consistent."""
    lines = text.splitlines()
    if not lines or not re.fullmatch(r"K?TAP version \d+", lines[0]):
        raise Wrong(f"no version line: {text[:200]}")
    plan = re.fullmatch(r"1\.\.(\d+)", lines[1]) if len(lines) > 1 else None
    results = read_results(lines)
    if not plan or int(plan[1]) != len(results):
        raise Wrong(f"planned: {lines[1:2]}, run: {len(results)}")
    totals = TOTALS.fullmatch(lines[-1])
    kinds = [kind for _, kind in results]
    counts = tuple(str(kinds.count(kind)) for kind in ("pass", "fail", "skip"))
    if not totals or totals.groups() != counts:
        raise Wrong(f"'{lines[-1]}', counted: {counts}")
    if len({name for name, _ in results}) != len(results):
        raise Wrong("two tests have the same name")
    return results


def run_test(*command, cwd, status=0):
    """What the test says, and for how long it ran."""
    begin = time.monotonic()
    done = run(*command, cwd=cwd, limit=2 * LIMIT)
    seconds = time.monotonic() - begin
    results = read_ktap(done.stdout)
    if done.returncode != status:
        raise Wrong(f"exit status {done.returncode}, expected {status}:\n{done.stdout}")
    if seconds >= LIMIT:
        raise Wrong(f"it took {seconds:.0f} seconds, expected less than {LIMIT}")
    return results, seconds, done.stdout


def tell_results(where, results, seconds):
    kinds = [kind for _, kind in results]
    say(f"{where}: {kinds.count('pass')} pass, {kinds.count('fail')} fail, "
         f"{kinds.count('skip')} skipped, {seconds:.1f} s")


def must_not_fail(results, text):
    failed = [name for name, kind in results if kind == "fail"]
    if failed:
        raise Wrong(f"failed: {', '.join(failed)}\n{text}")
    if not any(kind == "pass" for _, kind in results):
        raise Wrong("nothing could be tried")


# ---- ways to run it ----------------------------------------------------------


def emit(vmatlas, catalog, to):
    done = run(vmatlas, "emit", "kselftest", "--catalog", catalog, "-o", to)
    if done.returncode:
        raise Wrong(f"vmatlas emit: exit status {done.returncode}\n{done.stdout}")


def build(directory, selftests, *args):
    done = run("make", f"KSELFTEST={selftests}", *args, cwd=directory)
    if done.returncode or "warning:" in done.stdout:
        raise Wrong(f"make in {directory.name}: {done.stdout}")


def in_tree(tree):
    """By the harness, which puts "# " before all that the test prints."""
    begin = time.monotonic()
    done = run("make", "-C", tree / SELFTESTS, "TARGETS=vmatlas", "run_tests",
               limit=2 * LIMIT)
    seconds = time.monotonic() - begin
    lines = done.stdout.splitlines()
    if f"ok 1 selftests: vmatlas: {PROGRAM}" not in lines or "warning:" in done.stdout:
        raise Wrong(f"the harness: {done.stdout}")
    begun = [i for i, line in enumerate(lines) if line.startswith("# TAP version")
             or line.startswith("# KTAP version")]
    if not begun:
        # It is told that somebody else has said so already.
        begun = [i for i, line in enumerate(lines) if re.fullmatch(r"# 1\.\.\d+", line)]
        lines.insert(begun[0], "# TAP version 13")
    inner = [line[2:] for line in lines[begun[0]:] if line.startswith("# ")]
    results = read_ktap("\n".join(inner))
    must_not_fail(results, done.stdout)
    tell_results("in the tree", results, seconds)
    return results


def installed(tree, to):
    """As fleets do it: install, and run what that makes, elsewhere."""
    if not shutil.which("rsync"):
        say("not installed as fleets do it: the harness needs rsync for that")
        return
    done = run("make", "-C", tree / SELFTESTS, "TARGETS=vmatlas", "install",
               f"KSFT_INSTALL_PATH={to}")
    if done.returncode:
        raise Wrong(f"make install: {done.stdout}")
    missing = [name for name in (PROGRAM, "config", "settings")
               if not (to / "vmatlas" / name).is_file()]
    if missing:
        raise Wrong(f"make install leaves out: {', '.join(missing)}")
    results, seconds, text = run_test(f"./{PROGRAM}", cwd=to / "vmatlas")
    must_not_fail(results, text)
    tell_results("installed", results, seconds)
    done = run(to / "run_kselftest.sh", "-c", "vmatlas", cwd=to, limit=2 * LIMIT)
    if done.returncode or f"ok 1 selftests: vmatlas: {PROGRAM}" not in done.stdout:
        raise Wrong(f"run_kselftest.sh: {done.stdout}")
    passed = sum(kind == "pass" for _, kind in results)
    parsed_by_kunit(tree, passed, "of the program", text)
    reported_to_lava(results, done.stdout, to)
    # What the program says is a comment there, so that it is one result.
    parsed_by_kunit(tree, 1, "of run_kselftest.sh", done.stdout)


LAVA = pathlib.Path(__file__).resolve().parent.parent / "docs/fleets/vmatlas.yaml"


def reported_to_lava(results, text, work):
    """The last step of LAVA's definition reports each result by its name, once."""
    log = work / "vmatlas.ktap"
    log.write_text(text, encoding="utf-8")
    script = yaml.safe_load(LAVA.read_text(encoding="utf-8"))["run"]["steps"][-1]
    stub = 'lava_test_case() { echo "$1 $3"; }\n'
    script = script.replace("lava-test-case", "lava_test_case").replace(
        "/tmp/vmatlas.ktap", str(log))
    done = run("sh", "-euc", stub + script)
    said = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
    wrong = [name for name, kind in results
             if said.get(re.sub(r"[^\w.-]+", "-", name)) != kind]
    if done.returncode or wrong or len(said) != len(results) + 1:
        raise Wrong(f"LAVA's definition: {len(said)} results, wrong {wrong[:3]}: "
                    f"{done.stdout[-500:]}")
    say(f"LAVA's definition reports {len(said)} results")


def parsed_by_kunit(tree, passed, what, text):
    """The tree's parser of KTAP counts as many that pass, and no errors."""
    kunit = tree / "tools/testing/kunit/kunit.py"
    if not kunit.is_file():
        say(f"KTAP {what}: this tree has no kunit.py to parse it")
        return
    named = re.sub(r"(?m)^(\s*ok \d+) +# SKIP", r"\1 skipped # SKIP", text)
    if named != text:
        say(f"KTAP {what}: the harness names no test that it skips, kunit.py wants a name")
    log = tree / "log"
    log.write_text(named, encoding="utf-8")
    done = run(sys.executable, kunit, "parse", log, cwd=tree)
    found = re.search(r"Testing complete\. (?:Ran \d+ tests: )?(.*)", done.stdout)
    counts = dict((word, int(nr)) for word, nr in
                  re.findall(r"(\w+): (\d+)", found.group(1))) if found else {}
    if done.returncode or counts.get("failed") or counts.get("errors") or \
            counts.get("crashed") or counts.get("passed", 0) != passed:
        raise Wrong(f"kunit.py parse: {done.stdout[-2000:]}")
    say(f"KTAP {what}, by kunit.py parse: {found.group(1)}")


def alone(directory, selftests):
    build(directory, selftests)
    results, seconds, text = run_test(f"./{PROGRAM}", cwd=directory)
    must_not_fail(results, text)
    tell_results("by itself", results, seconds)
    return results


def without_kselftest(directory):
    """One line says what is missing."""
    done = run("make", "KSELFTEST=/nonexistent", cwd=directory)
    if not done.returncode or "expected KSELFTEST=" not in done.stdout:
        raise Wrong(f"make without the harness: {done.stdout}")


def static(directory, selftests):
    build(directory, selftests, "clean")
    build(directory, selftests, "LDFLAGS=-static")
    results, seconds, text = run_test(f"./{PROGRAM}", cwd=directory)
    must_not_fail(results, text)
    tell_results("static", results, seconds)
    return results


def unprivileged(program):
    """As nobody, from where nobody may read."""
    if os.geteuid():
        say("not root: all of this was without privileges")
        return
    with tempfile.TemporaryDirectory(prefix="vmatlas-") as name:
        place = pathlib.Path(name)
        place.chmod(0o755)
        shutil.copy(program, place / PROGRAM)
        results, seconds, text = run_test(
            "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
            "--no-new-privs", "--bounding-set=-all", f"./{PROGRAM}", cwd=place)
    must_not_fail(results, text)
    tell_results("as nobody", results, seconds)


# ---- the same as the live oracle ---------------------------------------------


def live_results(vmatlas, catalog):
    """Of the triggers that can be tried at all, by what the catalogue says."""
    done = run(vmatlas, "live", "--tap", "--catalog", catalog)
    found = re.findall(r"^(not )?ok \d+ - (.*?)(?: # (\w+) (.*))?$", done.stdout, re.M)
    return {name: "fail" if bad else "skip" if directive else "pass"
            for bad, name, directive, why in found}


def same_as_live(results, live):
    """What cannot be caused has no test; all else has, and ends the same way."""
    mine = dict(results)
    for name, kind in live.items():
        if mine.pop(name, "skip") != kind:
            raise Wrong(f"'{name}': vmatlas live says {kind}, the test "
                        f"{dict(results).get(name, 'nothing')}")
    if mine:
        raise Wrong(f"tests that vmatlas live does not know: {list(mine)}")
    say(f"vmatlas live says the same of all {len(results)} triggers")


# ---- wrong tables ------------------------------------------------------------

# What is changed in the first case's table, and what then must fail: the triggers
# that use it, or of these only those that compare protection.
EXACT = {"mprotect", "pkey_mprotect"}
ALL = {"mprotect", "pkey_mprotect", "pkey_mprotect 2", "madvise", "process_madvise", "mlock",
       "mlock2", "munlock", "mlockall", "munlockall", "mbind", "set_mempolicy_home_node", "mseal",
       "prctl", "ioctl_userfaultfd"}
BEFORE = "existing_merge_both_before[] = {\n"
AFTER = "existing_merge_both_after[] = {\n"
MERGED = "\t{ 16, 40, \"r--p\""
DONE = "{ CALL_MPROTECT, 24, 8, .prot = PROT_READ },"
WRONG_TABLES = (
    ("a range", AFTER + "\t{ 16, 40,", AFTER + "\t{ 16, 41,", ALL),
    ("one VMA more", AFTER, AFTER + "\t{ 8, 9, \"r--p\" },\n", ALL),
    ("one VMA more at the end", AFTER + MERGED + " },\n",
     AFTER + MERGED + " },\n\t{ 50, 51, \"r--p\" },\n", ALL),
    ("one VMA less", AFTER + MERGED + " },\n", AFTER, ALL),
    ("protection", AFTER + MERGED, AFTER + "\t{ 16, 40, \"rw-p\"", EXACT),
    ("a file", AFTER + MERGED, AFTER + MERGED + ", .has_file = true", EXACT),
    ("an offset", AFTER + MERGED, AFTER + MERGED + ", .pgoff = 1", EXACT),
    ("the layout before", BEFORE + "\t{ 16, 24,", BEFORE + "\t{ 16, 23,", ALL),
    ("what lies beside", DONE,
     "{ CALL_MMAP, 40, 1, .prot = PROT_WRITE,\n"
     "\t\t\t  .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED },\n"
     "\t\t\t" + DONE, {"mprotect"}),
    ("an error", "\t\t.after = existing_merge_both_after,\n",
     "\t\t.err = EEXIST,\n\t\t.after = existing_merge_both_after,\n", {"mprotect"}),
    ("what is written to", DONE, "{ CALL_TOUCH, 200, 1 },", {"mprotect"}),
)


def must_fail(directory, selftests, results, name, syscalls):
    """Those of the first case that could be tried, and no other."""
    build(directory, selftests)
    wanted = {f"existing-merge-both {s}" for s in syscalls} & {
        test for test, kind in results if kind == "pass"}
    found, _, text = run_test(f"./{PROGRAM}", cwd=directory, status=1)
    failed = {test for test, kind in found if kind == "fail"}
    if failed != wanted:
        raise Wrong(f"with {name} wrong, failed: {sorted(failed)}, "
                    f"expected {sorted(wanted)}\n{text}")


def wrong_tables(directory, selftests, results):
    cases = directory / "cases.h"
    right = cases.read_text()
    for name, text, by, syscalls in WRONG_TABLES:
        if text not in right:
            raise Wrong(f"no '{text}' in cases.h to change")
        cases.write_text(right.replace(text, by, 1))
        must_fail(directory, selftests, results, name, syscalls)
    cases.write_text(right)
    say(f"fails where it should with each of {len(WRONG_TABLES)} wrong tables")


# ---- rules that differ -------------------------------------------------------

# Since 6.16 an unfaulted VMA merges with a faulted one.
TWO_RULES = """\
family: existing
title: T
order: 1
intro: I.
cases:
  - id: existing-merge-left-full
    title: Merge left full
    summary: It merges.
    before:
      - {vma: prev, range: [16, 24], flags: [read]}
      - {vma: middle, range: [24, 37], flags: [read, write], anon_vma: A}
    operation: {modify: [24, 37], flags: [read]}
    roles: {prev: extend, middle: delete}
    steps:
      - Duplicate middle anon_vma to prev
      - Set prev VMA range [prev->vm_start, end)
      - Overwrite prev, middle nodes in maple tree with prev
      - Detach middle VMA
      - Free middle VMA
    after: [{vma: prev, range: [16, 37]}]
    locks: {mmap: write, vma: [middle, prev], rmap: [anon_vma]}
    map_count: {before: 2, after: 1}
    old_case: 7
    function: vma_merge_existing_range()
    syscalls: [mprotect]
    live:
      - syscall: mprotect
        setup:
          - {mmap: [16, 24], prot: r}
          - {mmap: [24, 37], prot: rw}
          - {touch: [24, 37]}
        do: {mprotect: [24, 37], prot: r}
"""

NAME = "existing-merge-left-full mprotect"


def running_version():
    major, minor = re.match(r"(\d+)\.(\d+)", os.uname().release).groups()
    return int(major), int(minor)


def says(directory, selftests, kind, remark):
    """What comes of the only trigger, and what is said of it; "" for nothing."""
    build(directory, selftests)
    results, _, text = run_test(f"./{PROGRAM}", cwd=directory,
                                status=1 if kind == "fail" else 0)
    remarks = re.findall(rf"^# {NAME}: (.*)$", text, re.M)
    if results != [(NAME, kind)] or not "".join(remarks).startswith(remark) or \
            bool(remarks) != bool(remark):
        raise Wrong(f"expected {kind}, '{remark}':\n{text}")


def two_rules(args, directory, selftests):
    """A kernel may follow later rules, and says so; not what all rules forbid."""
    catalog = directory / "catalog"
    catalog.mkdir(parents=True)
    (catalog / "x.yaml").write_text(TWO_RULES)
    emit(args.vmatlas, catalog, directory)
    says(directory, selftests, "pass", "")
    if running_version() < (6, 16):
        return
    cases = directory / "cases.h"
    right = cases.read_text()
    table = (("pass", "as since Linux 99.0: unfaulted",
              ("KERNEL(6, 16)", "KERNEL(99, 0)")),
             ("fail", "other VMAs than expected", ("{ 16, 37,", "{ 16, 36,")),
             ("skip", "the oldest known rules are of Linux 99.0",
              ("{ 16, 37,", "{ 16, 36,"), ("KERNEL(6, 12)", "KERNEL(99, 0)")),
             ("skip", "before Linux 99.0: of old", ("{ 16, 37,", "{ 16, 36,"),
              ("\t\t.start", "\t\t.fixed = KERNEL(99, 0),\n"
               "\t\t.earlier = \"of old\",\n\t\t.start")))
    for kind, remark, *changes in table:
        text = right
        for old, new in changes:
            text = text.replace(old, new)
        cases.write_text(text)
        says(directory, selftests, kind, remark)
    say("follows the rules of each version, and says where they are others")


# ---- checkpatch --------------------------------------------------------------


def style(tree, directory):
    """The kernel's own opinion of every file, but for what has a reason."""
    found = set()
    for path in sorted(directory.rglob("*")):
        name = str(path.relative_to(directory))
        if path.name == PROGRAM or path.is_dir():
            continue
        done = run("perl", tree / "scripts/checkpatch.pl", "--no-tree", "--strict",
                   "--show-types", "-f", name, cwd=directory)
        if not re.search(r"^total: \d+ errors", done.stdout, re.M):
            raise Wrong(f"checkpatch.pl of {name}: {done.stdout}")
        for kind in re.findall(r"^(?:ERROR|WARNING|CHECK):(\w+):", done.stdout, re.M):
            known = next((key for key in ((name, kind), ("*", kind)) if key in REASONS),
                         None)
            if not known:
                raise Wrong(f"checkpatch.pl of {name}:\n{done.stdout}")
            found.add(known)
    for name, kind in sorted(found):
        say(f"checkpatch.pl: {name}: {kind}: {REASONS[name, kind]}")
    say("checkpatch.pl: nothing else")


# ---- the whole ---------------------------------------------------------------


def check(args, work):
    tree = work / "tree"
    tree.mkdir()
    take_tree(args.ksrc, args.scratch, tree)
    selftests = tree / SELFTESTS
    emit(args.vmatlas, args.catalog, selftests / "vmatlas")
    emit(args.vmatlas, args.catalog, work / "alone")
    style(tree, work / "alone")
    results = in_tree(tree)
    installed(tree, work / "installed")
    without_kselftest(work / "alone")
    if alone(work / "alone", selftests) != results:
        raise Wrong("by itself it says something else than in the tree")
    unprivileged(work / "alone" / PROGRAM)
    same_as_live(results, live_results(args.vmatlas, args.catalog))
    wrong_tables(work / "alone", selftests, results)
    static(work / "alone", selftests)
    two_rules(args, work / "two", selftests)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("vmatlas", "catalog", "ksrc", "scratch"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    args = parser.parse_args()
    for name in ("vmatlas", "catalog", "ksrc", "scratch"):
        setattr(args, name, getattr(args, name).absolute())
    return args


def main():
    args = parse_args()
    args.scratch.mkdir(parents=True, exist_ok=True)
    try:
        # Two runs at once share nothing but what is unpacked.
        with tempfile.TemporaryDirectory(prefix="run-", dir=args.scratch) as work:
            check(args, pathlib.Path(work))
    except Unusable as err:
        print(f"kselftest: {err}", file=sys.stderr)
        return 2
    except Wrong as err:
        print(f"kselftest: {err}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
