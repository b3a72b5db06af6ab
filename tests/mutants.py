#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Change one line of Linux's mm/vma.c, or of the simulator, and see whether
"vmatlas source" notices. Each change of tests/mutants.yaml is made alone, in a
copy. Writes a table; exit status 1 if a change went unnoticed."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import yaml


class Mutant:
    def __init__(self, kind, number, entry):
        self.kind = kind
        self.name = f"{kind}-{number}"
        self.function = entry["in"]
        self.so = entry["so"]
        self.since = entry.get("since", "0")
        # As it is written in the oldest release, then in later ones.
        self.ways = [(way.get("in", entry["in"]), way["text"], way["by"])
                     for way in [entry, *entry.get("or", [])]]


def numbers(version):
    return [int(n) for n in version.split(".")]


def version_of(tree):
    """What the Makefile of a tree says: 7.3.4"""
    text = (tree / "Makefile").read_text()
    return ".".join(re.search(rf"^{key} = (\d+)$", text, re.M)[1]
                    for key in ("VERSION", "PATCHLEVEL", "SUBLEVEL"))


def body(text, function):
    """Where the definition of a function begins and ends in a C file."""
    for m in re.finditer(rf"\b{function}\(", text):
        line = text.rfind("\n", 0, m.start()) + 1
        if text[line] in "\t #/*":  # a call, or a comment
            continue
        start, end = text.find("\n{", m.end()), text.find("\n}", m.end())
        if 0 < start < text.find(";", m.end()) and end > start:
            return start, end
    return None


def apply(root, files, mutant):
    """Replace the text in the function, wherever it is defined, and however the
    release has it."""
    for function, old, new in mutant.ways:
        for path in files:
            text = (root / path).read_text()
            place = body(text, function)
            if not place or old not in text[place[0] : place[1]]:
                continue
            inside = text[place[0] : place[1]].replace(old, new, 1)
            (root / path).write_text(text[: place[0]] + inside +
                                     text[place[1] :])
            return f"{path}"
    raise SystemExit(f"mutants: {mutant.name}: no {mutant.function}() in {root} "
                     "that looks like any that is known")


def judge(program, args, tree, cache):
    """How many configurations, and how many cases, the two disagree on."""
    run = subprocess.run(
        [program, "source", "--format", "json", "--jobs", "1", "--catalog",
         args.catalog, "--ksrc", tree, "--cache", cache],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        out = json.loads(run.stdout[run.stdout.index("{\n"):])
    except ValueError:
        # A witness that dies, and a warning that ends it, is noticed as well.
        died = "died" in run.stderr
        return {"status": run.returncode, "cases": 0, "configurations": 0,
                "how": "the witness dies" if died else run.stderr.strip()}
    sweep = (out.get("sweeps") or [{}])[0]
    kinds = sorted({d for k in sweep.get("kinds", []) for d in k["differ_in"]})
    return {"status": run.returncode,
            "cases": sum(not c["agree"] for c in out["cases"]),
            "configurations": sweep.get("differ", 0),
            "how": ", ".join(kinds) or run.stderr.strip()}


def mutate_linux(mutant, args, scratch):
    root = scratch / mutant.name
    shutil.copytree(args.tree, root, symlinks=True)
    where = apply(root, ["mm/vma.c", "mm/vma.h"], mutant)
    result = judge(args.vmatlas, args, root, scratch / "cache")
    shutil.rmtree(root)
    return where, result


def mutate_model(mutant, args, scratch):
    root = scratch / mutant.name
    root.mkdir()
    for part in ("src", "Makefile"):
        (shutil.copytree if part == "src" else shutil.copy2)(part, root / part)
    # With its objects, of which only one has to be made anew.
    shutil.copytree(args.objects / "src", root / "build/src", symlinks=True)
    (root / "catalog").symlink_to(pathlib.Path(args.catalog).resolve())
    files = sorted(p.relative_to(root) for p in root.glob("src/model/*.c"))
    where = apply(root, files, mutant)
    subprocess.run(["make", "-s", "-C", root, "O=build", "WERROR=0"],
                   check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    result = judge(root / "build/vmatlas", args, args.tree,
                   scratch / "cache")
    shutil.rmtree(root)
    return where, result


def unpacked(cache):
    """The kernel tree that "vmatlas source" unpacked last, as far as needed."""
    trees = sorted(cache.glob("tree-*"), key=lambda p: p.stat().st_mtime)
    if not trees:
        raise SystemExit(f"mutants: no tree in {cache}, expected that of a tarball")
    return trees[-1]


def work(mutant, args, scratch):
    how = mutate_linux if mutant.kind == "linux" else mutate_model
    return how(mutant, args, scratch)


def table(out, mutants, results):
    """As tab-separated values, for the documentation."""
    print("what\twhere\tchange\tcases\tconfigurations\tdiffer in", file=out)
    for m, (where, r) in zip(mutants, results):
        print(f"{m.kind}\t{m.function}()\t{m.so}\t{r['cases']}\t"
              f"{r['configurations']}\t{r['how']}", file=out)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vmatlas", required=True, type=pathlib.Path)
    parser.add_argument("--objects", required=True, type=pathlib.Path,
                        help="directory that it was built in")
    parser.add_argument("--catalog", required=True)
    parser.add_argument("--cache", required=True, type=pathlib.Path,
                        help="where a tarball was unpacked before")
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    parser.add_argument("--table", required=True, type=pathlib.Path)
    parser.add_argument("--only", help="such as linux-3,linux-4 or model")
    args = parser.parse_args()
    args.vmatlas = args.vmatlas.resolve()
    args.tree = unpacked(args.cache)

    listed = yaml.safe_load(pathlib.Path("tests/mutants.yaml").read_text())
    mutants = [Mutant(kind, i + 1, entry) for kind in ("linux", "model")
               for i, entry in enumerate(listed[kind])]
    if args.only:
        mutants = [m for m in mutants if {m.name, m.kind} & set(args.only.split(","))]
    kernel = version_of(args.tree)
    for m in mutants:
        if numbers(m.since) > numbers(kernel):
            print(f"{m.name:9} not in {kernel}, since {m.since}: {m.so}")
    mutants = [m for m in mutants if numbers(m.since) <= numbers(kernel)]
    shutil.rmtree(args.scratch, ignore_errors=True)
    args.scratch.mkdir(parents=True)

    results = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(work, m, args, args.scratch) for m in mutants]
        for m, job in zip(mutants, jobs):
            where, r = job.result()
            results.append((where, r))
            word = "caught" if r["status"] == 1 else "MISSED"
            print(f"{m.name:9} {word}  {m.function}(): {m.so}", flush=True)
    tmp = args.table.with_suffix(".tmp")
    with tmp.open("w") as out:
        table(out, mutants, results)
    tmp.rename(args.table)
    missed = sum(r["status"] != 1 for _, r in results)
    print(f"Linux {kernel}: {len(results) - missed} of {len(results)} changes "
          "caught")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
