#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Hold the explorer of interleavings against SPIN.

For each of the mail's ten cases, or those that are named, SPIN searches the
model that "vmatlas emit promela" writes: all readers in all nine surroundings,
once with the operation alone, and once with its inverse after it. Some of the
latter are searched with two readers at a time, too. What can be observed, and
what happens on the way, is compared with what "vmatlas explore" says. The two
searches have the catalogue and the simulator that records the steps in common,
and nothing else.

Exit status: 0 if they agree, 1 if they do not, 2 if that cannot be told.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import typing

READERS = ("upstream", "procmap-query", "fresh-walk", "mmap-lock", "mmap-query",
           "smaps-rollup", "unverified", "fresh-fallback", "sequence",
           "clipped", "verify-always", "sample-once", "sample-early",
           "verify-holes")
SIDES = ("none", "hole", "adjacent")
FLAGS = ("gap", "overlap", "retry", "rewalk", "fallback")

# What to search, beside all readers in the nine surroundings: two readers
# at a time, all of the same kind, while the operation is done and undone.
PAIRS = (("existing-merge-left-full", "adjacent", "adjacent"),
         ("new-merge-right", "hole", "none"),
         ("split-new-above", "none", "adjacent"))
UNRELATED = ("left", "right")

# Every interleaving as it is: no reduction, and states kept whole.
CFLAGS = ("-O1", "-w", "-DSAFETY", "-DNOREDUCE", "-DPRINTF")
LIMITS = ("-m100000", "-w22")

# What pan says when it did not look at everything.
INCOMPLETE = ("not completed", "too small", "MEMLIM", "truncated")

# What the models of a case may differ in.
SURROUNDING = re.compile(r"^(#define (LEFT|RIGHT)_SIDE \w+"
                         r"| \* On its \w+: .*)$", re.M)


class Unusable(Exception):
    """Nothing can be said, for this reason."""


class Wrong(Exception):
    """A model breaks a rule of its own: a deadlock, a lock left out."""


def run(*command, cwd=None):
    """Run a program and return what it prints."""
    try:
        done = subprocess.run([str(c) for c in command], cwd=cwd, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              check=False)
    except OSError as err:
        raise Unusable(f"cannot run '{command[0]}': {err.strerror}") from err
    if done.returncode:
        said = (done.stderr + done.stdout).strip()
        raise Unusable(f"'{' '.join(map(str, command))}' failed "
                       f"({done.returncode}):\n{said}")
    return done.stdout


# ---- what SPIN says ---------------------------------------------------------

def names_of(text):
    """The names that a model declares, by kind and number."""
    return {kind: [None] + [n.strip() for n in reversed(names.split(","))]
            for kind, names in re.findall(r"mtype:(\w+) = \{([^}]*)\}", text)}


def pages_of(names):
    """Page numbers by the numbers of their names; the last has none."""
    return [int(n[1:]) if n and n != "PEND" else None for n in names]


def plain(name):
    """A reader or side, as the command line has it."""
    return name.lower().replace("_", "-")


def vma_names(names):
    """As the catalogue has them: see symbol_of() in emit-promela.c."""
    return [n and (n[:-1] if n.endswith("v") else n).lower() for n in names]


class Job(typing.NamedTuple):
    """One search by SPIN."""
    case: str
    model: pathlib.Path
    defines: tuple
    ops: int
    readers: int

    def blank(self, reader, left, right, then):
        """A result that nothing was seen of yet, not even by whom."""
        return {"case": self.case, "reader": reader, "left": left,
                "right": right, "then": then, "readers": self.readers,
                **dict.fromkeys(FLAGS, False), "twice": set(), "by": {}}


def operations_after(text, ops):
    """The operations that follow that of the case, as explore has them."""
    return tuple(
        then for nr, then in re.findall(
            r"^#if OPS >= (\d+)\n\t/\* Then: (.*) \*/$", text, re.M)
        if int(nr) <= ops)


def add_observation(result, number, names):
    """Take in what print_observation() printed: who, flags, what was seen."""
    result["gap"] |= bool(number[1])
    result["overlap"] |= bool(number[2])
    seen = []
    for i in range(3, len(number), 4):
        vma, start, end, twice = number[i:i + 4]
        vma = names["vma"][vma]
        seen.append((vma, names["page"][start], names["page"][end]))
        if twice:
            result["twice"].add(vma)
    result["by"].setdefault(number[0], set()).add(tuple(seen))


def add_line(results, job, line, names):
    """Take in a line that a model printed."""
    what, *number = line.split()
    number = [int(n) for n in number]
    key = (plain(names["reader"][number[0]]), plain(names["side"][number[1]]),
           plain(names["side"][number[2]]))
    result = results.setdefault(key, job.blank(*key, names["then"]))
    if what == "observed":
        add_observation(result, number[3:], names)
    else:
        result[plain(names["event"][number[3]])] = True


def settled(result):
    """Whoever reads can see the same."""
    by = list(result.pop("by").values())
    if len(by) != result["readers"] or any(seen != by[0] for seen in by):
        raise Wrong(f"{result['case']}: one reader can observe what another "
                    "of its kind cannot")
    return {**result, "observations": by[0]}


def search(model, defines, args, tmp):
    """All that SPIN finds in a model: lines and the number of states."""
    with tempfile.TemporaryDirectory(dir=tmp) as work:
        run(args.spin, "-a", "-DOBSERVE", *defines, model, cwd=work)
        run(args.cc, *CFLAGS, "-o", "pan", "pan.c", cwd=work)
        said = run("./pan", *LIMITS, cwd=work)
    count = re.search(r"^ *([0-9.e+]+) states, stored", said, re.M)
    error = re.search(r"^pan:\d+: (.*)$", said, re.M)
    if error:
        raise Wrong(f"{model.name}: {error[1]}")
    if not count or "errors: 0" not in said or \
       any(word in said for word in INCOMPLETE):
        raise Unusable(f"{model.name}: the search is not complete:\n{said}")
    lines = {line for line in said.splitlines()
             if line.startswith(("observed", "event"))}
    return lines, int(float(count[1]))


def models_of(case, tmp):
    """A case's models by surrounding, which is all that they may differ in."""
    models = {(left, right): tmp / f"{case}-{left}-{right}.pml"
              for left in SIDES for right in SIDES}
    models = {key: path for key, path in models.items() if path.exists()}
    texts = {SURROUNDING.sub("", path.read_text()) for path in models.values()}
    if len(texts) != 1:
        raise Unusable(f"{case}: the models differ in more than their sides")
    for (left, right), path in models.items():
        text = path.read_text()
        if f"#define LEFT_SIDE {left.upper()}\n" not in text or \
           f"#define RIGHT_SIDE {right.upper()}\n" not in text:
            raise Unusable(f"{path.name}: does not have the sides of its name")
    return models


def jobs_of(case, args, tmp):
    """Searches that together are the case."""
    models = models_of(case, tmp)
    any_model = next(iter(models.values()))
    for ops in (1, 2):
        if not args.each:
            yield Job(case, any_model, ("-DALL",), ops, 1)
            continue
        for model in models.values():
            for reader in READERS:
                define = "-DREADER=" + reader.upper().replace("-", "_")
                yield Job(case, model, (define,), ops, 1)
    for name, left, right in PAIRS:
        if name == case:
            yield Job(case, models[left, right], (), 2, 2)


def verify(job, args, tmp):
    """One search; its results, and the number of its states."""
    text = job.model.read_text()
    names = names_of(text)
    names["page"] = pages_of(names["page"])
    names["vma"] = vma_names(names["vma"])
    names["then"] = operations_after(text, job.ops)
    defines = (*job.defines, f"-DOPS={job.ops}", f"-DREADERS={job.readers}")
    lines, states = search(job.model, defines, args, tmp)
    results = {}
    for line in lines:
        add_line(results, job, line, names)
    return [settled(r) for r in results.values()], states


def progress(done, total):
    """How far it is, on terminals only."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{done}/{total} searches", end=end, file=sys.stderr,
              flush=True)


def verify_all(jobs, args, tmp):
    """Every search, some at a time; results, and states by kind of search."""
    results, states = [], {}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        futures = {pool.submit(verify, job, args, tmp): job for job in jobs}
        try:
            for future in concurrent.futures.as_completed(futures):
                found, nr = future.result()
                results += found
                kind = kind_of(found[0])
                states[kind] = states.get(kind, 0) + nr
                progress(sum(f.done() for f in futures), len(jobs))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return results, states


# ---- what the explorer says -------------------------------------------------

def from_json(result, readers):
    """A result of the explorer, in the form of settled()."""
    seen = {tuple((v["vma"], v["start"], v["end"]) for v in observation)
            for observation in result["observations"]}
    return {**result, "twice": set(result["twice"]), "observations": seen,
            "then": tuple(result.get("then", ())), "readers": readers}


def to_json(result):
    """And back, in an order that does not depend on the search."""
    seen = [[dict(zip(("vma", "start", "end"), v)) for v in observation]
            for observation in sorted(result["observations"])]
    return {**result, "twice": sorted(result["twice"]), "observations": seen}


def explore(args, *options, readers=1):
    """What "vmatlas explore" finds."""
    text = run(args.vmatlas, "explore", "--format", "json", "--readers",
               readers, *options, *args.common)
    return [from_json(result, readers) for result in json.loads(text)["searches"]]


def explored(cases, args):
    """What it found in all that SPIN searches, and more sequences yet."""
    if args.explored:
        texts = json.loads(pathlib.Path(args.explored).read_text())
        return [from_json(r, r.get("readers", 1)) for r in texts]
    results = []
    for reader in READERS:
        for ops in (1, 2):
            results += explore(args, "--reader", reader, "--ops", ops, *cases)
    for case, left, right in PAIRS:
        if case in cases:
            results += explore(args, "--left", left, "--right", right, "--ops",
                               2, case, readers=2)
    return results


# ---- comparing --------------------------------------------------------------

def comparable(result):
    """How far from the case unrelated VMAs are and how long is no matter."""
    return {tuple((v[0], None, None) if v[0] in UNRELATED else v for v in seen)
            for seen in result["observations"]}


def in_words(seen):
    """An observation in a line."""
    return " ".join(v if start is None else f"{v} [{start}, {end})"
                    for v, start, end in seen) or "nothing"


def word(value):
    """A flag, or a set of names, for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(sorted(value)) or "none"


def unsteady(result):
    """Unrelated VMAs that were not always seen as they are."""
    ranges = {v for seen in result["observations"] for v in seen
              if v[0] in UNRELATED}
    return sorted(n for n in UNRELATED if sum(v[0] == n for v in ranges) > 1)


def differences(spin, explorer):
    """Where two results differ, in words."""
    for key in (*FLAGS, "twice"):
        if spin[key] != explorer[key]:
            yield (f"{key}: SPIN says {word(spin[key])}, "
                   f"explore {word(explorer[key])}")
    for name, mine, other in (("SPIN", spin, explorer),
                              ("explore", explorer, spin)):
        for seen in sorted(comparable(mine) - comparable(other), key=in_words):
            yield f"only {name} observes: {in_words(seen)}"
        for vma in unsteady(mine):
            yield f"{name} observes {vma} with different ranges"


def kind_of(result):
    """What kind of search a result is from."""
    return ("two readers" if result["readers"] > 1 else "one reader",
            "done and undone" if result["then"] else "one operation")


def key_of(result):
    """What a result is about."""
    return tuple(result[k] for k in ("case", "reader", "left", "right",
                                     "readers", "then"))


def compare(spin, explorer):
    """Print every difference; return how many results differ."""
    wrong = 0
    for key, mine in sorted(spin.items()):
        if key in explorer:
            found = list(differences(mine, explorer[key]))
        else:
            found = ["explore says nothing"]
        if found:
            wrong += 1
            print("{}, {}, left {}, right {}, {} at a time, then {}:".format(
                *key[:-1], " ".join(key[-1]) or "nothing"))
            print("".join(f"    {line}\n" for line in found), end="")
    return wrong


def forgotten(spin, explorer):
    """Single operations that only the explorer has."""
    missing = [key for key in sorted(explorer) if not key[-1] and key[-2] == 1
               and key not in spin]
    for key in missing:
        print("{}, {}, left {}, right {}: SPIN says nothing".format(*key))
    return len(missing)


def print_agreement(spin, explorer, states):
    """How much there was to agree on."""
    form = "{:12} {:16} {:>8} {:>13} {:>11} {:>11}"
    print(form.format("", "", "results", "observations", "states of",
                      "states of"))
    print(form.format("", "", "", "", "SPIN", "explore"))
    for kind in sorted(states):
        keys = [key for key in spin if kind_of(spin[key]) == kind]
        print(form.format(
            *kind, len(keys), sum(len(spin[k]["observations"]) for k in keys),
            states[kind], sum(explorer[k]["states"] for k in keys)))


# ---- the table --------------------------------------------------------------

def share(results, flag):
    """In how many of the surroundings something can be."""
    nr = sum(r[flag] for r in results)
    return f"{nr}/{len(results)}" if nr else "-"


def print_table(results, cases):
    """A line a case and reader, over all surroundings."""
    form = "{:29}{:15}{:>5}{:>9}{:>7}{:>8}{:>10}  {}"
    print(form.format("case", "reader", *FLAGS, "twice"))
    for case in cases:
        for reader in READERS:
            these = [r for r in results
                     if r["case"] == case and r["reader"] == reader
                     and kind_of(r) == ("one reader", "one operation")]
            twice = sorted(set().union(*(r["twice"] for r in these)))
            print(form.format(case, reader, *(share(these, f) for f in FLAGS),
                              ", ".join(twice) or "-"))


# ---- the program ------------------------------------------------------------

def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("cases", metavar="CASE", nargs="*",
                        help="default: the ten of the mail")
    parser.add_argument("--vmatlas", default=os.environ.get(
        "VMATLAS", "build/vmatlas"), help="the program (%(default)s)")
    parser.add_argument("--catalog", help="directory for vmatlas")
    parser.add_argument("--rules", help="version for vmatlas")
    parser.add_argument("--spin", default=os.environ.get("SPIN", "spin"))
    parser.add_argument("--cc", default=os.environ.get("CC", "gcc"))
    parser.add_argument("-j", "--jobs", type=int,
                        default=min(2, os.cpu_count() or 1),
                        help="searches at a time (%(default)s)")
    parser.add_argument("--each", action="store_true",
                        help="a search of its own for each reader and "
                        "surrounding: the same by a longer way")
    parser.add_argument("--out", metavar="FILE",
                        help="write SPIN's results, as explore would")
    parser.add_argument("--explored", metavar="FILE",
                        help="compare with this instead of running explore")
    parser.add_argument("--table", action="store_true",
                        help="print SPIN's verdicts, and compare nothing")
    args = parser.parse_args()
    args.common = [word for name in ("catalog", "rules")
                   if getattr(args, name)
                   for word in ("--" + name, getattr(args, name))]
    return args


def cases_of_the_mail(args):
    """What the kernel composes of them has no inverse to follow it."""
    shown = json.loads(run(args.vmatlas, "show", "--format", "json",
                          *args.common, *run(args.vmatlas, "list",
                                             *args.common).split()))
    return [c["id"] for c in shown["cases"] if not c["beyond_mail"]]


def check(args, tmp):
    """Returns the exit status."""
    cases = args.cases or cases_of_the_mail(args)
    run(args.vmatlas, "emit", "promela", *args.common, "-o", tmp, *cases)
    jobs = [job for case in cases for job in jobs_of(case, args, tmp)]
    results, states = verify_all(jobs, args, tmp)
    results.sort(key=key_of)
    if args.out:
        text = json.dumps([to_json(r) for r in results], indent=1)
        pathlib.Path(args.out).write_text(text + "\n")
    if args.table:
        print_table(results, cases)
        return 0
    spin = {key_of(r): r for r in results}
    # The inverse comes first, and so wins over another way to say the same.
    explorer = {key_of(r): r for r in reversed(explored(cases, args))
                if r["case"] in cases}
    wrong = compare(spin, explorer) + forgotten(spin, explorer)
    if wrong:
        print(f"{wrong} of {len(results)} results differ")
        return 1
    print_agreement(spin, explorer, states)
    print(f"SPIN and explore agree on {len(results)} results")
    return 0


def main():
    """Find the tools, and clean up behind them."""
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    for tool in (args.spin, args.cc):
        if not shutil.which(tool):
            print(f"check-spin: '{tool}' is not installed", file=sys.stderr)
            return 2
    args.vmatlas = os.path.abspath(args.vmatlas)
    with tempfile.TemporaryDirectory(prefix="check-spin.") as tmp:
        try:
            return check(args, pathlib.Path(tmp))
        except Wrong as err:
            print(err)
            return 1
        except (Unusable, OSError, ValueError, KeyError) as err:
            print(f"check-spin: {err}", file=sys.stderr)
            return 2


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(2)
