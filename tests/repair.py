#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Prove the repairs of the reader of /proc/PID/maps on kernels that are built for it.

KSRC, a directory or a tarball, is unpacked or copied below --out and built from
tinyconfig and tests/repair/config: as it is, and with each of docs/patches. Each
kernel is booted under QEMU, without KVM, and the ten cases of the mail are raced
by the same program with the same settings for the same time. Then again with
delays in chosen places, which make rare ways frequent; what is read is held
against what the explorer says in either. What a quiet read costs is counted in
instructions, and what a race costs reader and writer. The tree's own
proc-maps-race is run, if it has one.

With --apply, it is only tried whether the patches apply to KSRC; with --fresh, whether
the file that --json names is of these patches, and of what the explorer predicts today.

Exit status: 0 if no kernel shows what was not predicted for it, 1 if one does, 2
if that cannot be told.
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import types

import ksrc

kernels = ksrc.sibling("kernels")

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
CONFIG = HERE / "repair/config"
PATCHES = ROOT / "docs/patches"
SELFTEST = "tools/testing/selftests/proc/proc-maps-race.c"
GAP_TEST = PATCHES / "gap-test.patch"
GAP_TEST_NAME = "maps.test_maps_gap_in_one_read"
GAP_TEST_RUNS = 20

# The explorer's reader that each kernel is to be: with no patch, the kernel's own.
VARIANTS = {"base": "upstream", "fresh-fallback": "fresh-fallback",
            "sequence": "sequence"}

MAIL = ("existing-merge-both", "existing-merge-left-full",
        "existing-merge-left-partial", "existing-merge-right-full",
        "existing-merge-right-partial", "new-merge-both", "new-merge-left",
        "new-merge-right", "split-new-below", "split-new-above")

# Nanoseconds that the writer sleeps at most: so long that there is about one operation
# to a read, which tells the case's own step from its undoing.
PAUSE = "1500000"
# What a second of a guest takes at most on a machine that has much else to do.
PATIENCE = 12
# With delays, reads take longer; there are to be several operations to each.
PAUSE_DELAYED = "200000"

# Beyond those of the mail: where freed memory is used again.
MORE = ("unmap-several-head", "unmap-several-inner")

# What is put into a scratch copy, after which line. All of it is but for the
# thread that reads in a race, and now and then.
DELAY = r"""
/* Hold up the reader of a race, by what its clock happens to say. */
void vmatlas_delay(void);
void vmatlas_delay(void)
{
	u64 until = local_clock();

	if (strcmp(current->comm, "vmatlas-reader") || until >> 7 & 3)
		return;
	until += 300000;
	while (local_clock() < until)
		cpu_relax();
}

struct vm_area_struct *lock_next_vma("""
DELAYS = (
    ("mm/mmap_lock.c", "#include <linux/mmap_lock.h>\n",
     "#include <linux/mmap_lock.h>\n#include <linux/sched/clock.h>\n"),
    ("mm/mmap_lock.c", "\nstruct vm_area_struct *lock_next_vma(", DELAY),
    # between the look-up and the lock
    ("mm/mmap_lock.c", "\tvma = vma_next(vmi);\n\tif (!vma)",
     "\tvma = vma_next(vmi);\n\tvmatlas_delay();\n\tif (!vma)"),
    # inside the look-up of a hole
    ("lib/maple_tree.c", "\nvoid *mas_find(struct ma_state *mas,",
     "\nextern void vmatlas_delay(void);\nvoid *mas_find(struct ma_state *mas,"),
    ("lib/maple_tree.c",
     "\t/* Retries on dead nodes handled by mas_next_slot */\n"
     "\tentry = mas_next_slot(mas, max, false);\n"
     "\t/* Ignore overflow */\n\tmas->status = ma_active;\n\treturn entry;\n}\n"
     "EXPORT_SYMBOL_GPL(mas_find);",
     "\tvmatlas_delay();\n"
     "\tentry = mas_next_slot(mas, max, false);\n"
     "\t/* Ignore overflow */\n\tmas->status = ma_active;\n\treturn entry;\n}\n"
     "EXPORT_SYMBOL_GPL(mas_find);"),
)
# A major fault of its task for each time that the reader takes the mmap lock.
COUNTS = (
    ("mm/mmap_lock.c", "\tvma = lock_next_vma_under_mmap_lock(mm, vmi, from_addr);\n",
     "\tcurrent->maj_flt++;\n"
     "\tvma = lock_next_vma_under_mmap_lock(mm, vmi, from_addr);\n"),
)


class Unusable(Exception):
    """Nothing can be said, for this reason."""


def say(text):
    """For people, and not a result."""
    print(f"repair: {text}", file=sys.stderr, flush=True)


def run(*command, log=None, **more):
    """Run a program, whose output goes to a file."""
    with open(log or os.devnull, "ab") as out:
        done = subprocess.run([str(word) for word in command], check=False,
                              stdin=subprocess.DEVNULL, stdout=out, stderr=out, **more)
    if done.returncode:
        raise Unusable(f"{command[0]}: exit status {done.returncode}"
                       + (f", see {log}" if log else ""))


# ---- trees ------------------------------------------------------------------

def unpack(source, place):
    """A copy of the tree that may be changed."""
    if (place / "Makefile").is_file():
        return
    say(f"unpacking {source}")
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".tree.") as tmp:
        if source.is_dir():
            shutil.copytree(source, pathlib.Path(tmp, "tree"), symlinks=True)
        else:
            run("tar", "-xf", source, "-C", tmp)
        tree, = pathlib.Path(tmp).iterdir()
        tree.rename(place)


def version_of(tree):
    """7.3.4"""
    text = (tree / "Makefile").read_text()
    return ".".join(re.search(rf"^{name} = (\d+)", text, re.M)[1]
                    for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL"))


def patched_files(patch):
    """What a patch changes."""
    return re.findall(r"^\+\+\+ b/(\S+)", patch.read_text(), re.M)


def edited_files(edits):
    """What edits change."""
    return list(dict.fromkeys(name for name, _, _ in edits))


@contextlib.contextmanager
def changed(tree, patch, edits):
    """The tree with a patch and edits, and as it was afterwards.

    A header that both mm and fs/proc share would rebuild nearly all, for the sake of
    a prototype that only what is changed beside it uses: its time stays.
    """
    names = dict.fromkeys((patched_files(patch) if patch else []) + edited_files(edits))
    saved = {name: ((tree / name).read_bytes(), (tree / name).stat().st_mtime_ns)
             for name in names}
    try:
        if patch:
            run("patch", "-p1", "--no-backup-if-mismatch", "-i", patch, cwd=tree)
        for name, old, new in edits:
            text = (tree / name).read_text()
            if text.count(old) != 1:
                raise Unusable(f"{name} has {text.count(old)} times, expected once: {old!r}")
            (tree / name).write_text(text.replace(old, new))
        for name in names:
            if name.startswith("include/"):
                os.utime(tree / name, ns=(saved[name][1], saved[name][1]))
        yield
    finally:
        for name, (data, mtime) in saved.items():
            (tree / name).write_bytes(data)
            if name.startswith("include/"):
                os.utime(tree / name, ns=(mtime, mtime))


def fingerprint(name):
    """Of what a patch changes, not of what it says."""
    text = (PATCHES / f"{name}.patch").read_text().partition("\ndiff --git")[2]
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def applies(tree, patch):
    """Whether it does."""
    done = subprocess.run(["patch", "-p1", "--dry-run", "-f", "-i", patch], cwd=tree,
                          check=False, capture_output=True)
    return done.returncode == 0


# ---- kernels ----------------------------------------------------------------

class Builder:
    """Kernels of one tree, one after the other in one directory of objects."""

    def __init__(self, tree, place, jobs):
        self.tree, self.place, self.jobs = tree, place, jobs
        self.objects, self.log = place / "objects", place / "build.log"

    def make(self, *words):
        """In the directory of objects."""
        run("nice", "-n", "10", "make", "-s", "-C", self.tree, f"O={self.objects}",
            f"-j{self.jobs}", *words, log=self.log)

    def configure(self):
        """tinyconfig, and what a race needs."""
        if (self.objects / ".config").is_file():
            return
        self.objects.mkdir(parents=True, exist_ok=True)
        self.make("tinyconfig")
        run("scripts/kconfig/merge_config.sh", "-m", "-O", self.objects,
            self.objects / ".config", CONFIG, cwd=self.tree, log=self.log)
        self.make("olddefconfig")
        config = (self.objects / ".config").read_text().splitlines()
        for line in CONFIG.read_text().splitlines():
            if line.startswith("CONFIG_") and line not in config:
                raise Unusable(f"this tree does not take {line} from {CONFIG}")

    def image(self, name, patch=None, edits=()):
        """A bzImage, made before from the same or now."""
        image = self.place / f"bzImage-{name}"
        inputs = [CONFIG] + ([patch] if patch else [])
        if image.is_file() and all(image.stat().st_mtime > path.stat().st_mtime
                                   for path in inputs):
            return image
        say(f"building {name} (see {self.log})")
        self.configure()
        with changed(self.tree, patch, edits):
            self.make("bzImage")
        shutil.copyfile(self.objects / "arch/x86/boot/bzImage", image)
        return image


# ---- guests -----------------------------------------------------------------

class Guests:
    """What is booted, with what to run in it."""

    def __init__(self, args, tmp):
        self.args, self.tmp, self.nr = args, tmp, 0

    def run(self, image, program, words, timeout, counted=False):
        """The lines that a program prints in a guest, and its exit status.

        Time is what instructions take there, eight nanoseconds each or one: so it
        does not matter how fast this machine is, nor what else it does. So small a
        kernel finds no clock to measure that by, and is
        told to trust the time stamp counter.
        """
        extra = ["-smp", "1", "-icount", f"shift={0 if counted else 3}"]
        self.nr += 1
        place = self.tmp / str(self.nr)
        (place / "root/bin").mkdir(parents=True)
        inside = place / "root/bin" / program.name
        shutil.copy(program, inside)
        if self.args.catalog:
            shutil.copytree(self.args.catalog, place / "root/share/vmatlas/catalog")
        kernels.write_initramfs(place / "initramfs", self.args.init, place / "root",
                                inside, words)
        command = kernels.qemu(kernels.Kernel(image, image.name, ""), place / "initramfs",
                               place / "console",
                               types.SimpleNamespace(timeout=timeout, accel="tcg",
                                                     append="tsc=reliable"))
        return self.follow([*command, *extra], place, timeout)

    @staticmethod
    def follow(command, place, timeout):
        """Between the two lines of the frame. A kernel may be unable to power off."""
        deadline, lines, end = [time.monotonic() + timeout], None, None
        with open(place / "errors", "wb") as errors, \
                kernels.started(command, errors) as process:
            for line in kernels.lines_until(process, deadline, lambda: None):
                frame = kernels.FRAME.fullmatch(line)
                if frame and frame[1] == "begin":
                    lines = []
                elif frame:
                    end = frame[2]
                    break
                elif lines is not None:
                    lines.append(line)
        console = (place / "console").read_text(errors="replace")
        if end is None:
            said = "\n".join(console.splitlines()[-12:])
            raise Unusable(f"a guest came to no end:\n{said}")
        alarms = [line for line in console.splitlines() if kernels.ALARM.search(line)]
        return "\n".join(lines), end, alarms


def race(guests, image, variant, seconds, pause, more):
    """What was read on a kernel, held against a variant."""
    words = ["race", "--format", "json", "--reader", "read", "--writer", "thread",
             "--cpus", "same", "--pause", pause, "--seconds", f"{seconds:g}", *more]
    if variant != "upstream":
        words += ["--variant", variant]
    text, end, alarms = guests.run(image, guests.args.program, words,
                                   seconds * PATIENCE + 200)
    try:
        said = json.loads(text)
    except ValueError as err:
        raise Unusable(f"race on {image.name}: {end}: {err}: {text[-300:]}") from err
    return said, words, alarms


def sums(said):
    """By case: reads, and what was seen in them."""
    rows = {}
    for one in said["races"]:
        gaps = [seen for seen in one["seen"] if seen["gap"]]
        rows[one["case"]] = {
            "end": one["end"], "reads": one["reads"],
            "beside": one["reads"] - one["beside"]["nothing"],
            "operations": one["operations"], "seconds": round(one["seconds"], 2),
            "gaps": sum(seen["count"] for seen in gaps),
            "gaps_own": sum(seen["beside"]["own"] for seen in gaps),
            "gaps_undoing": sum(seen["beside"]["undoing"] for seen in gaps),
            "overlaps": sum(s["count"] for s in one["seen"] if s["overlap"]),
            "unpredicted": sum(s["count"] for s in one["seen"] if not s["predicted"]),
            "kinds_predicted": one["predicted"],
            "kinds_seen": sum(s["predicted"] for s in one["seen"]),
            "gap_kinds_predicted": len(gaps) +
            sum(other["gap"] for other in one["not_seen"]),
            "gap_kinds_seen": len(gaps),
            "gap_kinds": sorted({" ".join(f"{a}-{b}" for a, b in s["ranges"])
                                 for s in gaps}),
        }
    return rows


# ---- costs ------------------------------------------------------------------

def quiet_cost(guests, image, cost):
    """Instructions of a read, by VMAs and buffer."""
    text, end, _ = guests.run(image, cost, ["quiet"], 300, counted=True)
    found = re.findall(r"^quiet (\d+) (\d+) (\d+)$", text, re.M)
    if end != "exit 0" or len(found) != 12:
        raise Unusable(f"cost quiet on {image.name}: {end}: {text}")
    return [{"vmas": int(v), "buffer": int(b), "instructions": int(n)}
            for v, b, n in found]


def race_cost(guests, image, cost, seconds):
    """How often the reader took the lock, and how long the writer had to wait."""
    text, end, _ = guests.run(image, cost, ["race", str(seconds)],
                             seconds * PATIENCE + 200)
    found = re.search(r"^race (.*)$", text, re.M)
    if end != "exit 0" or not found:
        raise Unusable(f"cost race on {image.name}: {end}: {text}")
    words = found[1].split()
    return {key: int(value) for key, value in zip(words[::2], words[1::2])}


# ---- the tree's own test ----------------------------------------------------

def build_selftest(builder):
    """It, linked statically, or None if the tree has none."""
    source = builder.tree / SELFTEST
    if not source.is_file():
        return None
    program = builder.place / "proc-maps-race"
    if not program.is_file():
        builder.make("headers")
        run("gcc", "-O2", "-static", "-pthread", "-D_GNU_SOURCE",
            "-isystem", builder.objects / "usr/include",
            "-I", builder.tree / "tools/testing/selftests", "-o", program, source,
            log=builder.log)
    return program


def build_gap_test(builder):
    """The same with the test of docs/patches, or None if that does not apply."""
    program = builder.place / "proc-maps-race-gap"
    if not (builder.tree / SELFTEST).is_file() or not applies(builder.tree, GAP_TEST):
        return None
    builder.make("headers")
    with changed(builder.tree, GAP_TEST, ()):
        run("gcc", "-O2", "-static", "-pthread", "-isystem",
            builder.objects / "usr/include", "-I",
            builder.tree / "tools/testing/selftests", "-o", program,
            builder.tree / SELFTEST, log=builder.log)
    return program


def gap_test(guests, image, program):
    """How often it fails of so many times, and that it does nothing else."""
    ends = [guests.run(image, program, ["-r", f"proc_maps_race.{GAP_TEST_NAME}"], 300)[1]
            for _ in range(GAP_TEST_RUNS)]
    return {"runs": len(ends), "failed": ends.count("exit 1"),
            "passed": ends.count("exit 0")}


def selftest(guests, image, program):
    """Its results by name."""
    text, end, _ = guests.run(image, program, [], 400)
    found = re.findall(r"^(ok|not ok) \d+ (\S.*)$", text, re.M)
    return {"end": end, "ok": sum(r == "ok" and "# SKIP" not in n for r, n in found),
            "skipped": [n for r, n in found if "# SKIP" in n],
            "failed": [n for r, n in found if r == "not ok"]}


# ---- reporting ----------------------------------------------------------------

def total(rows, key):
    """Over all cases."""
    return sum(row[key] for row in rows.values())


def print_race(name, rows):
    """A line a case."""
    print(f"\n{name}")
    print(f"{'':30} {'reads':>8} {'gaps':>7} {'own':>6} {'undone':>6} "
          f"{'overlaps':>8} {'new':>4}")
    for case, row in rows.items():
        print(f"{case:30} {row['reads']:8} {row['gaps']:7} {row['gaps_own']:6} "
              f"{row['gaps_undoing']:6} {row['overlaps']:8} {row['unpredicted']:4}"
              + ("" if row["end"] == "done" else f"  {row['end']}"))
    reads, gaps = total(rows, "reads"), total(rows, "gaps")
    print(f"{'in all':30} {reads:8} {gaps:7}, "
          f"{gaps * 1e6 / max(reads, 1):.0f} gaps per million reads", flush=True)


def wrong(result):
    """What a kernel showed that it should not have."""
    for key in ("race", "delayed", "topmost"):
        rows = result.get(key, {}).get("cases", {})
        if total(rows, "unpredicted"):
            return f"{total(rows, 'unpredicted')} reads were not predicted"
        if result["variant"] != "upstream" and total(rows, "gaps"):
            return f"{total(rows, 'gaps')} reads with a gap, in spite of the repair"
    if result.get("selftest", {}).get("failed"):
        return "the tree's own test fails"
    gap = result.get("gap_test")
    if gap and bool(gap["failed"]) != (result["variant"] == "upstream"):
        return f"the test of a gap fails {gap['failed']} times of {gap['runs']}"
    return result.get("alarms") and "the kernel has complained"


# ---- all of it --------------------------------------------------------------

def known_of(args, name):
    """What is there of a kernel from stages that are not done again."""
    if not args.json or not args.json.is_file() or args.stage == list(STAGES):
        return {}
    known = json.loads(args.json.read_text())["kernels"]
    return next((one for one in known if one["name"] == name), {})


class Bench:
    """One kernel, with a patch or without, and all that is measured on it."""

    def __init__(self, args, guests, builder, name):
        self.args, self.guests, self.builder, self.name = args, guests, builder, name
        self.patch = None if name == "base" else PATCHES / f"{name}.patch"
        self.result = {"name": name, "variant": VARIANTS[name], "alarms": []} | \
            known_of(args, name)

    def image(self, kind="", edits=()):
        """It, or a scratch copy that was changed further."""
        return self.builder.image(self.name + kind, self.patch, edits)

    def raced(self, image, pause, more):
        """What was read, and with which command."""
        said, words, alarms = race(self.guests, image, self.result["variant"],
                                   self.args.seconds, pause, more)
        self.result["alarms"] += alarms
        self.result["kernel"] = said["kernel"]
        return {"command": " ".join(["vmatlas", *words]), "seconds": self.args.seconds,
                "settings": said["settings"], "cases": sums(said)}

    def race(self):
        """As it is."""
        image = self.image()
        say(f"racing {self.name}")
        self.result["race"] = self.raced(image, PAUSE, self.args.cases)
        print_race(self.name, self.result["race"]["cases"])

    def delayed(self):
        """With delays in chosen places."""
        image = self.image("-delayed", DELAYS)
        say(f"racing {self.name} with delays")
        self.result["delayed"] = self.raced(image, PAUSE_DELAYED,
                                            [*(self.args.cases or MAIL), *MORE])
        print_race(f"{self.name}, with delays", self.result["delayed"]["cases"])

    def topmost(self):
        """With delays, and nothing mapped above the case: an end is believed there."""
        image = self.image("-delayed", DELAYS)
        say(f"racing {self.name} with delays, topmost")
        self.result["topmost"] = self.raced(image, PAUSE_DELAYED,
                                            ["--topmost", *(self.args.cases or MAIL)])
        print_race(f"{self.name}, with delays, topmost",
                   self.result["topmost"]["cases"])

    def quiet(self):
        """What a read costs while nothing happens."""
        self.result["quiet"] = quiet_cost(self.guests, self.image(), self.args.cost)
        for one in self.result["quiet"]:
            print(f"{self.name}: {one['instructions']:9} instructions to read "
                  f"{one['vmas']} VMAs with a buffer of {one['buffer']}", flush=True)

    def beside(self):
        """What a race costs reader and writer."""
        image = self.image("-counted", COUNTS)
        self.result["beside"] = race_cost(self.guests, image, self.args.cost,
                                          int(self.args.seconds / 2) or 1)
        print(f"{self.name}: beside a writer: {self.result['beside']}", flush=True)

    def gap_test(self):
        """What is to be added to that: it fails without a repair, and not with one."""
        program = build_gap_test(self.builder)
        if program:
            self.result["gap_test"] = gap_test(self.guests, self.image(), program)
            print(f"{self.name}: {GAP_TEST_NAME}: {self.result['gap_test']}", flush=True)

    def selftest(self):
        """The tree's own test."""
        program = build_selftest(self.builder)
        if program:
            self.result["selftest"] = selftest(self.guests, self.image(), program)
            print(f"{self.name}: proc-maps-race: {self.result['selftest']}", flush=True)


# In this order for all kernels, so that what matters most is there first.
STAGES = ("race", "delayed", "topmost", "quiet", "beside", "selftest", "gap_test")


def run_stages(args, benches, version):
    """What is known so far is kept after each."""
    for stage in args.stage:
        for bench in benches:
            getattr(bench, stage)()
        if args.json:
            write_json(args.json, {"kernel": version, "command": "make check-repair",
                                   "patches": {name: fingerprint(name) for name in VARIANTS
                                               if name != "base"},
                                   "config": CONFIG.read_text(),
                                   "kernels": [bench.result for bench in benches]})


def compile_cost(place):
    """The program that measures costs."""
    program = place / "cost"
    run("gcc", "-O2", "-static", "-pthread", "-o", program, HERE / "repair/cost.c",
        log=place / "build.log")
    return program


def write_json(path, value):
    """The whole file or none."""
    text = json.dumps(value, indent=1) + "\n"
    tmp = path.with_name(f".{path.name}.new")
    tmp.write_text(text)
    tmp.replace(path)


def measure(args):
    """Returns the exit status."""
    for path in (args.program, args.init):
        if not path.is_file():
            raise Unusable(f"{path}: no such program, expected a static one")
    if not shutil.which(kernels.QEMU):
        raise Unusable(f"'{kernels.QEMU}' is not installed (qemu-system-x86)")
    args.out.mkdir(parents=True, exist_ok=True)
    place = args.out / re.sub(r"\.tar.*", "", args.ksrc.name)
    place.mkdir(exist_ok=True)
    unpack(args.ksrc.resolve(), place / "tree")
    builder = Builder((place / "tree").resolve(), place.resolve(), args.jobs)
    args.cost = compile_cost(place)
    with tempfile.TemporaryDirectory(prefix="repair.") as tmp:
        guests = Guests(args, pathlib.Path(tmp))
        benches = [Bench(args, guests, builder, name) for name in args.only]
        run_stages(args, benches, version_of(builder.tree))
    bad = [f"{bench.name}: {wrong(bench.result)}" for bench in benches
           if wrong(bench.result)]
    for line in bad:
        say(line)
    return 1 if bad else 0


# sparse 0.6.4 does not know a word that headers of 7.3 have.
SPARSE = "CF=-D__typeof_unqual__=__typeof__"


def only_warnings(args):
    """What W=1 and sparse say of the files that a patch changes; returns the exit status."""
    if not shutil.which("sparse"):
        raise Unusable("'sparse' is not installed (make deps-repair)")
    place = args.out / re.sub(r"\.tar.*", "", args.ksrc.name)
    place.mkdir(parents=True, exist_ok=True)
    unpack(args.ksrc.resolve(), place / "tree")
    builder = Builder((place / "tree").resolve(), place.resolve(), args.jobs)
    builder.configure()
    builder.log = place.resolve() / "warnings.log"
    bad = 0
    for name in (name for name in args.only if name != "base"):
        patch = PATCHES / f"{name}.patch"
        files = [name for name in patched_files(patch) if name.endswith(".c")]
        builder.log.unlink(missing_ok=True)
        with changed(builder.tree, patch, ()):
            builder.make("W=1", "C=2", SPARSE, *(f"{name[:-2]}.o" for name in files))
        said = [line for line in builder.log.read_text().splitlines()
                if any(name in line for name in files)]
        print("\n".join(said) if said else
              f"{name}: W=1 and sparse say nothing of {', '.join(files)}", flush=True)
        bad += bool(said)
    return 1 if bad else 0


def only_apply(args):
    """Whether all patches do; returns the exit status."""
    patches = [PATCHES / f"{name}.patch" for name in VARIANTS if name != "base"]
    files = sorted({name for patch in patches for name in patched_files(patch)})
    with tempfile.TemporaryDirectory(prefix="repair.") as tmp:
        tree = ksrc.directory_of(args.ksrc, files, pathlib.Path(tmp))
        bad = [patch.name for patch in patches if not applies(tree, patch)]
    for name in bad:
        say(f"{name} does not apply to {args.ksrc}")
    return 1 if bad else 0


def predictions(args, variant, rules, cases):
    """How many kinds of reads the explorer has of each case, by racing for a moment."""
    done = subprocess.run([str(args.program), "race", "--format", "json", "--reader",
                           "read", "--writer", "thread", "--variant", variant, "--rules",
                           rules, "--seconds", "0.5",
                           *(["--catalog", str(args.catalog)] if args.catalog else []),
                           *cases],
                          check=False, stdout=subprocess.PIPE, text=True)
    try:
        return {one["case"]: one["predicted"] for one in json.loads(done.stdout)["races"]}
    except ValueError as err:
        raise Unusable(f"{args.program} race: {err}") from err


NUMBERS_OF = "7.3"  # the kernel whose race the patches' messages tell of


def numbers_of(one):
    """Reads and gaps of a race, as a message has them."""
    return [f"{total(one['race']['cases'], key):,}" for key in ("reads", "gaps")]


def only_fresh(args):
    """Whether the data is not older than what it is about; returns the exit status."""
    data = json.loads(args.json.read_text())
    bad = [f"{name}.patch has changed since" for name, was in data["patches"].items()
           if fingerprint(name) != was]
    base = numbers_of(data["kernels"][0])
    for name in data["patches"] if data["kernel"].startswith(NUMBERS_OF) else ():
        said = " ".join((PATCHES / f"{name}.patch").read_text().split())
        mine, = (numbers_of(one) for one in data["kernels"] if one["name"] == name)
        bad += [f"{name}.patch does not say {number}" for number in (*base[:2], mine[0])
                if number not in said]
    for one in data["kernels"]:
        was = {case: row["kinds_predicted"] for case, row in one["race"]["cases"].items()}
        now = predictions(args, one["variant"], data["kernel"], list(was))
        bad += [f"{one['name']}, {case}: {kinds} kinds of reads were predicted, and are "
                f"{now.get(case)}" for case, kinds in was.items() if now.get(case) != kinds]
    for line in bad:
        say(f"{args.json}: {line} (make check-repair)")
    return 1 if bad else 0


def arguments():
    """The command line."""
    path = pathlib.Path
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("ksrc", type=path, nargs="?", help="a kernel tree or a tarball")
    parser.add_argument("--out", type=path, default="build/repair", metavar="DIR",
                        help="where kernels are built (%(default)s)")
    parser.add_argument("--program", type=path, default="build/static/vmatlas",
                        metavar="FILE", help="static program (%(default)s)")
    parser.add_argument("--init", type=path, metavar="FILE",
                        help="static init (the one beside the program)")
    parser.add_argument("--catalog", type=path, metavar="DIR",
                        help="what the program finds as its catalogue")
    parser.add_argument("--seconds", type=float, default=60, metavar="N",
                        help="of each race (%(default)s)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N",
                        help="of make (%(default)s)")
    parser.add_argument("--only", action="append", choices=list(VARIANTS),
                        help="not all kernels; repeatable")
    parser.add_argument("--stage", action="append", choices=STAGES,
                        help="not all that is measured; repeatable. With --json, what "
                        "the file has of others stays")
    parser.add_argument("--json", type=path, metavar="FILE",
                        help="write the results to FILE, too")
    parser.add_argument("--apply", action="store_true",
                        help="only try whether the patches apply")
    parser.add_argument("--warnings", action="store_true",
                        help="only compile what the patches change, with W=1 and sparse")
    parser.add_argument("--fresh", action="store_true",
                        help="only look whether the data is stale")
    parser.add_argument("cases", nargs="*", metavar="CASE",
                        help="cases to race (default: those of the mail)")
    args = parser.parse_intermixed_args()
    args.init = args.init or args.program.parent / "init"
    args.only = args.only or list(VARIANTS)
    args.stage = args.stage or list(STAGES)
    if not args.ksrc and not args.fresh:
        parser.error("KSRC, a kernel tree or a tarball, is missing")
    if args.fresh and not args.json:
        parser.error("--fresh needs --json")
    return args


def main():
    """Returns the exit status."""
    args = arguments()
    try:
        if args.fresh:
            return only_fresh(args)
        if args.warnings:
            return only_warnings(args)
        return only_apply(args) if args.apply else measure(args)
    except (Unusable, ksrc.Unusable, kernels.Unusable, OSError, ValueError) as err:
        say(err)
        return 2


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(2)
