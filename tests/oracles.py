#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""See that docs/oracles.py marks what is stale, and nothing else.

Usage: tests/oracles.py VMATLAS CATALOG

Every case gets a result that agrees. Then one thing is changed in the catalogue at
a time. It is looked at which judges are stale, and for which cases.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "docs"))

import oracles  # noqa: E402


DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

TABLE = {"configurations": 1, "changes": [], "rule_sets": [
    {"since": "1.2", "stable": None, "what": "something"}]}

REACH = {"kernel": "1.2", "reasons": [], "families": {
    "new": {"agree": 1, "differ": 0, "known": 0, "skipped": 0}}}

# These do not speak of cases.
BEYOND = ("reach", "reach-kernels")


def data_of(catalog, judge):
    """What tests/measure.py would write if all judges agreed."""
    entries = oracles.fingerprints(catalog, judge)
    triggers = [{"case": case, "syscall": "mmap", "number": 1,
                 "result": "agrees"} for case in entries]
    races = [{"case": case, "reader": "read", "writer": "thread",
              "end": "done", "reads": 1, "seconds": 1, "seen": [],
              "not_seen": []} for case in entries]
    return {
        "source": {"kernel": "1.2", "cases": [
            {"id": case, "agree": True} for case in entries], "sweeps": []},
        "live": {"kernel": "1.2", "triggers": triggers},
        "kernels": {"kernels": [{"kernel": "1.1", "triggers": triggers,
                                 "problems": [], "alarms": []}]},
        "reach": REACH | {"table": TABLE},
        "reach-kernels": {"kernels": [REACH | {"problems": [], "alarms": []}],
                          "table": TABLE},
        "race": {"kernel": "1.2", "races": races, "not_raced": {}},
    }[judge] | {"entries": {} if judge in BEYOND else entries}


def stale(atlas):
    """Pairs of judge and case."""
    return {(judge, case) for judge in atlas.data for case in atlas.cases
            if atlas.stale(judge, case)}


def changed(catalog, tmp, change):
    """A copy of the catalogue in which this was done to the first case."""
    for path in catalog.glob("*.yaml"):
        family = yaml.load(path.read_text(encoding="utf-8"), oracles.LOADER)
        for case in family["cases"]:
            if case["id"] == "existing-merge-both":
                change(case)
        (tmp / path.name).write_text(yaml.dump(family, Dumper=DUMPER), encoding="utf-8")
    return tmp


def prose(case):
    case["summary"] += " It is."


def trigger(case):
    case["live"][0]["do"]["prot"] = "rwx"


def layout(case):
    case["before"][0]["range"] = [15, 24]


def check_reach(catalog, tmp, emitted):
    """It is stale if what the simulator says is another, and only then."""
    wrong = 0
    for table, wanted in ((None, 0), (TABLE, 0),
                          (TABLE | {"configurations": 2}, len(BEYOND))):
        atlas = oracles.Atlas(catalog, tmp, emitted, table)
        marks = oracles.reach_counts(atlas).count("**stale**")
        if marks != wanted:
            print(f"oracles: reach: {marks} marks, expected {wanted}",
                  file=sys.stderr)
            wrong = 1
    return wrong


CHANGES = ((prose, ()), (trigger, ("live", "kernels")),
           (layout, ("source", "live", "kernels", "race")))


def main():
    """Exit status 1 if a mark is missing, or one is too many."""
    vmatlas, catalog = sys.argv[1], pathlib.Path(sys.argv[2])
    emitted = json.loads(subprocess.run(
        [vmatlas, "emit", "json", "--catalog", catalog], check=True,
        stdout=subprocess.PIPE).stdout)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="oracles.") as tmp:
        tmp = pathlib.Path(tmp)
        for judge in oracles.JUDGES:
            (tmp / f"{judge}.json").write_text(
                json.dumps(data_of(catalog, judge)), encoding="utf-8")
        for change, judges in CHANGES:
            atlas = oracles.Atlas(changed(catalog, tmp, change), tmp, emitted)
            wanted = {(judge, "existing-merge-both") for judge in judges}
            marks = oracles.cases(atlas).count("**stale**")
            if stale(atlas) != wanted or \
                    marks != len(wanted - {("race", "existing-merge-both")}):
                print(f"oracles: {change.__name__}: stale are "
                      f"{sorted(stale(atlas))} with {marks} marks, expected "
                      f"{sorted(wanted)}", file=sys.stderr)
                wrong = 1
        wrong |= check_reach(catalog, tmp, emitted)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
