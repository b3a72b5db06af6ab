#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Hold the explorer of interleavings against SPIN.

For every case, SPIN searches the model that "vmatlas emit promela" writes: all
four readers in all nine surroundings. What can be observed, and what happens on
the way, is compared with what "vmatlas explore" says. The two searches have the
catalogue and the recorded steps in common, and nothing else.

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

READERS = ("upstream", "unverified", "mmap-lock", "procmap-query")
SIDES = ("none", "hole", "adjacent")
FLAGS = ("gap", "overlap", "retry", "rewalk", "fallback")
UNRELATED = ("left", "right")

# Every interleaving as it is: no reduction, and states kept whole.
CFLAGS = ("-O1", "-w", "-DSAFETY", "-DNOREDUCE", "-DPRINTF")
LIMITS = ("-m100000", "-w20")

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


def blank(case, reader, left, right):
    """A result that nothing was seen of yet."""
    return {"case": case, "reader": reader, "left": left, "right": right,
            **dict.fromkeys(FLAGS, False), "twice": set(),
            "observations": set()}


def add_observation(results, case, line, names):
    """Take in one line that print_observation() printed."""
    number = [int(n) for n in line.split()[1:]]
    key = (plain(names["reader"][number[0]]), plain(names["side"][number[1]]),
           plain(names["side"][number[2]]))
    result = results.setdefault(key, blank(case, *key))
    for flag, value in zip(FLAGS, number[3:8]):
        result[flag] |= bool(value)
    seen = []
    for i in range(8, len(number), 4):
        vma, start, end, twice = number[i:i + 4]
        vma = names["vma"][vma]
        seen.append((vma, names["page"][start], names["page"][end]))
        if twice:
            result["twice"].add(vma)
    result["observations"].add(tuple(seen))


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
    lines = {line for line in said.splitlines() if line.startswith("observed")}
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
    """Searches that together are the case: a model, and what to define."""
    models = models_of(case, tmp)
    if not args.each:
        return [(case, next(iter(models.values())), ("-DALL",))]
    return [(case, model, ("-DREADER=" + r.upper().replace("-", "_"),))
            for model in models.values() for r in READERS]


def verify(job, args, tmp):
    """One search; the results by (reader, left, right), and its states."""
    case, model, defines = job
    names = names_of(model.read_text())
    names["page"] = pages_of(names["page"])
    names["vma"] = vma_names(names["vma"])
    lines, states = search(model, defines, args, tmp)
    results = {}
    for line in lines:
        add_observation(results, case, line, names)
    return list(results.values()), states


def progress(done, total):
    """How far it is, on terminals only."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{done}/{total} searches", end=end, file=sys.stderr,
              flush=True)


def verify_all(jobs, args, tmp):
    """Every search, some at a time."""
    results, states, done = [], 0, 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        futures = [pool.submit(verify, job, args, tmp) for job in jobs]
        try:
            for future in concurrent.futures.as_completed(futures):
                found, nr = future.result()
                results += found
                states += nr
                done += 1
                progress(done, len(jobs))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return results, states


# ---- what the explorer says -------------------------------------------------

def from_json(result):
    """A result of the explorer, in the form of blank()."""
    seen = {tuple((v["vma"], v["start"], v["end"]) for v in observation)
            for observation in result["observations"]}
    return {**result, "twice": set(result["twice"]), "observations": seen}


def to_json(result):
    """And back, in an order that does not depend on the search."""
    seen = [[dict(zip(("vma", "start", "end"), v)) for v in observation]
            for observation in sorted(result["observations"])]
    return {**result, "twice": sorted(result["twice"]), "observations": seen}


def explored(cases, args):
    """What "vmatlas explore" found, or what a file says it did."""
    if args.explored:
        texts = [pathlib.Path(args.explored).read_text()]
    else:
        texts = [run(args.vmatlas, "explore", "--reader", reader, "--format",
                     "json", *args.common, *cases) for reader in READERS]
    return [from_json(result) for text in texts for result in json.loads(text)]


# ---- comparing --------------------------------------------------------------

def comparable(result):
    """How far from the case unrelated VMAs are and how long is no matter."""
    return {tuple((v[0], None, None) if v[0] in UNRELATED else v for v in seen)
            for seen in result["observations"]}


def told(seen):
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
        for seen in sorted(comparable(mine) - comparable(other), key=told):
            yield f"only {name} observes: {told(seen)}"
        for vma in unsteady(mine):
            yield f"{name} observes {vma} with different ranges"


def key_of(result):
    """What a result is about."""
    return tuple(result[k] for k in ("case", "reader", "left", "right"))


def compare(spin, explorer):
    """Print every difference; return how many results differ."""
    spin = {key_of(r): r for r in spin}
    explorer = {key_of(r): r for r in explorer}
    wrong = 0
    for key in sorted(spin.keys() | explorer.keys()):
        if key not in spin or key not in explorer:
            who = "explore" if key in spin else "SPIN"
            found = [f"{who} says nothing"]
        else:
            found = list(differences(spin[key], explorer[key]))
        if found:
            wrong += 1
            print("{}, {}, left {}, right {}:".format(*key))
            print("".join(f"    {line}\n" for line in found), end="")
    return wrong


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
                     if r["case"] == case and r["reader"] == reader]
            twice = sorted(set().union(*(r["twice"] for r in these)))
            print(form.format(case, reader, *(share(these, f) for f in FLAGS),
                              ", ".join(twice) or "-"))


# ---- the program ------------------------------------------------------------

def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("cases", metavar="CASE", nargs="*",
                        help="default: all of the catalogue")
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


def check(args, tmp):
    """Returns the exit status."""
    cases = args.cases or run(args.vmatlas, "list", *args.common).split()
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
    wrong = compare(results, [r for r in explored(cases, args)
                              if r["case"] in cases])
    if wrong:
        print(f"{wrong} of {len(results)} results differ")
        return 1
    print(f"SPIN and explore agree on {len(results)} results "
          f"({states} states)")
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
