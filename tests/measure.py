#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Ask each judge of the catalogue and keep what it says as data for the docs.

The judges are Linux's own mm/vma.c (vmatlas source), the running kernel (live), and
kernels under QEMU (tests/kernels.py); these two once more beyond the cases (live
--reach); and the readers of the running kernel (race) and of guests. Each has a file in docs/data, from which
docs/oracles.py makes a page. With the results go the kernel, the command, its
settings, and a fingerprint of each catalogue entry as it was, or, where there is
none, what the simulator said then, so that the page can tell what is stale. There
is no date, host or path.

Exit status: 0 if all judges agree, 1 if one does not (that is kept, too), 2 if one
that was asked for could not be asked. Its file then stays as it was.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "docs"))

import oracles  # noqa: E402


class Unusable(Exception):
    """A judge could not be asked, for this reason."""


class Missing(Unusable):
    """It cannot be asked here. That is fine unless it was named."""


def ask(*command, loud=False):
    """Run a program; return what it prints and whether it is content."""
    try:
        done = subprocess.run([str(word) for word in command], text=True,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=None if loud else subprocess.PIPE,
                              check=False)
    except OSError as err:
        raise Unusable(f"cannot run '{command[0]}': {err.strerror}") from err
    if done.returncode not in (0, 1):
        said = (done.stderr or "").strip().splitlines()
        raise Unusable(said[-1] if said else
                       f"exit status {done.returncode} and no word")
    return done.stdout, done.returncode == 0


def ask_json(*command):
    """The same of a program that prints JSON."""
    text, content = ask(*command)
    try:
        return json.loads(text), content
    except ValueError as err:
        raise Unusable(f"what it prints is no JSON: {err}") from err


def upstream(release):
    """6.18.44-whoever-built-it -> 6.18.44"""
    return re.match(r"[\d.]*\d|", release)[0] or release


def preemption(build):
    """What uname -v says of it."""
    found = re.search(r"PREEMPT\w*", build)
    return found[0] if found else "none"


def here():
    """What matters of this machine."""
    return {"processors": os.cpu_count(), "root": os.geteuid() == 0,
            "preemption": preemption(os.uname().version)}


# ---- the judges -------------------------------------------------------------

def source(args):
    """Linux's own code, compiled."""
    if not args.ksrc.exists():
        raise Missing(f"no kernel source in {args.ksrc} (make deps-source)")
    said, content = ask_json(args.vmatlas, "source", "--format", "json",
                             "--catalog", args.catalog, "--cache", args.cache,
                             "--ksrc", args.ksrc)
    return {"kernel": said["kernel"], "command": "vmatlas source",
            "settings": {"sweeps": [s["sweep"] for s in said["sweeps"]]},
            "cases": said["cases"], "sweeps": said["sweeps"]}, content


def tree_of(args, tree, before):
    """One tree by the simulator, and by the release before it."""
    began = time.monotonic()
    words = ("source", "--format", "json", "--catalog", args.catalog,
             "--cache", args.cache)
    wide = ["--wide"] if args.wide else []
    said, content = ask_json(args.vmatlas, *words, *wide, "--ksrc", tree)
    one = {"kernel": said["kernel"], "rules": said["rules"],
           "cases": {case["id"]: case["agree"] for case in said["cases"]},
           "sweeps": said["sweeps"],
           "seconds": round(time.monotonic() - began, 1)}
    if before:
        other = ask_json(args.vmatlas, *words, "--compare", before, tree)[0]
        one["since"] = other["sweeps"]
    return one, content


def trees(args):
    """The code of each release that there is."""
    paths = sorted(args.trees.glob("linux-*.tar.xz"), key=lambda path: [
        int(n) for n in re.findall(r"\d+", path.name)])
    if not paths:
        raise Missing(f"no trees in {args.trees} (make deps-trees)")
    seen = [tree_of(args, path, before)
            for before, path in zip([None, *paths], paths)]
    return {"command": "vmatlas source" + " --wide" * args.wide, "trees": [one for one, _ in seen]}, \
        all(content for _, content in seen)


def live(args):
    """The running kernel, by system calls."""
    said, content = ask_json(args.vmatlas, "live", "--format", "json",
                             "--catalog", args.catalog)
    for one in said["triggers"]:
        # Where they agree, the layouts are those of the simulator.
        if one["result"] == "agrees":
            for layout in ("before", "after", "simulator_after"):
                one.pop(layout, None)
    return {"kernel": upstream(said["kernel"]), "command": "vmatlas live",
            "settings": here() | {"rules": said["rules"],
                                  "rules_exact": said["rules_exact"]},
            "triggers": said["triggers"]}, content


# As long may a kernel take for what it has to do: a million random calls are 5 to 10
# minutes, and more to 6.16, where many programs end early.
GUEST_SECONDS = 1800

RESULTS = {"ok": "agrees", "FAIL": "differs", "todo": "known",
           "skip": "skipped"}


def trigger_of(test):
    """A line of TAP as the JSON of "vmatlas live" has it."""
    case, syscall, *number = test["name"].split()
    one = {"case": case, "syscall": syscall,
           "number": int(number[0]) if number else 1,
           "result": RESULTS[test["result"]]}
    why = test["reason"] or "\n".join(test["lines"])
    return one | ({"why": why} if why else {})


def guest_of(one):
    """A kernel that was booted."""
    path = pathlib.PurePath(one["source"])
    return {"kernel": one["version"],
            "source": path.name if path.is_absolute() else one["source"],
            "preemption": preemption(one["build"] or ""),
            "outcome": one["outcome"], "problems": one["problems"],
            "alarms": one["alarms"]}


def boot(args, *command):
    """Other kernels, under QEMU, with this to do: what came of it."""
    for path in (args.static, args.static.parent / "init"):
        if not path.is_file():
            raise Missing(f"no {path}, which has to be linked statically")
    more = [word for image in args.kernel for word in ("--kernel", image)]
    with tempfile.TemporaryDirectory(prefix="measure.") as tmp:
        result = pathlib.Path(tmp, "kernels.json")
        try:
            _, content = ask(sys.executable, ROOT / "tests/kernels.py",
                             "--program", args.static,
                             "--catalog", args.catalog,
                             "--cache", args.kernels, "--json", result,
                             "--timeout", GUEST_SECONDS,
                             "--series", args.series,
                             *more, "--", *command)
        except Unusable as err:
            raise Missing(err) from err
        said = json.loads(result.read_text(encoding="utf-8"))
    guests = [one for one in said["kernels"] if not one["running"]]
    if not guests:
        raise Missing("no kernel to boot (apt-get update, or --kernel)")
    return guests, {"command": "tests/kernels.py -- " + " ".join(command),
                    "settings": {"machine": "QEMU without KVM",
                                 "append": said["append"]}}, content


def kernels(args):
    """Each case on them."""
    guests, how, content = boot(args, "live", "--tap")
    return {"kernels": [guest_of(one) | {"triggers": [
        trigger_of(test) for test in one["tests"]]} for one in guests]} | how, \
        content


# ---- beyond the cases -------------------------------------------------------

COUNTS = re.compile(r"# (\d+) agree, (\d+) differ, (\d+) differ as is known, "
                    r"(\d+) skipped$")
REASON = re.compile(r"# (\w+), (\w+): (\d+) (\w+): (.*)\n#   --only (\S+)$",
                    re.MULTILINE)


def table_of(args):
    """What the simulator says of the rule sets."""
    return ask_json(args.vmatlas, "live", "--reach", "--rules-table",
                    "--format", "json", "--catalog", args.catalog)[0]


def counts_of(test):
    """The line below a result of TAP."""
    found = COUNTS.match(test["lines"][0]) if test["lines"] else None
    if not found:
        raise Unusable(f"'{test['name']}' has no counts")
    return dict(zip(("agree", "differ", "known", "skipped"),
                    map(int, found.groups())))


def reach_of(one):
    """A kernel that was booted, in the words of JSON."""
    text = "\n".join(line for test in one["tests"] for line in test["lines"])
    keys = ("family", "call", "count", "result", "why", "example")
    reasons = [dict(zip(keys, found)) for found in REASON.findall(text)]
    return guest_of(one) | {
        "families": {test["name"].split()[1]: counts_of(test)
                     for test in one["tests"]},
        "reasons": [each | {"count": int(each["count"])} for each in reasons]}


def reach_kernels(args):
    """What user space can reach on them."""
    guests, how, content = boot(args, "live", "--reach", "--tap")
    return {"kernels": [reach_of(one) for one in guests]} | how | \
        {"table": table_of(args)}, content


def reach(args):
    """The same on the running kernel."""
    said, content = ask_json(args.vmatlas, "live", "--reach",
                             "--format", "json", "--catalog", args.catalog)
    return {"kernel": upstream(said["kernel"]),
            "command": "vmatlas live --reach",
            "settings": here() | {"rules": said["rules"],
                                  "rules_exact": said["rules_exact"]},
            "families": said["families"], "reasons": said["reasons"],
            "table": table_of(args)}, content


# ---- whatever programs do ---------------------------------------------------

CALLS = re.compile(r"# (\d+) calls? in (\d+) programs?, (\d+) calls/s; "
                   r"(\d+) failed on both; (\d+) programs? differs?")
KNOWN = re.compile(r"# known, (\d+) times?: (.*)")


def random_of(one):
    """A kernel that was booted."""
    lines = [line for test in one["tests"] for line in test["lines"]]
    counts = next(filter(None, map(CALLS.match, lines)), None)
    keys = ("calls", "programs", "per_second", "failed", "differ")
    known = filter(None, map(KNOWN.match, lines))
    return guest_of(one) | (dict(zip(keys, map(int, counts.groups())))
                            if counts else {}) | \
        {"known": {match[2]: int(match[1]) for match in known}}


def random_kernels(args):
    """Random programs on them."""
    guests, how, content = boot(args, "live", "--random", "--tap", "--seed", "1",
                                "--calls", f"{args.calls}", "--seconds",
                                f"{GUEST_SECONDS - 60}")
    # A program ends at what is known to differ: some kernels are asked for more calls.
    return {"kernels": [random_of(one) | {"asked": args.calls}
                        for one in guests]} | how, content


# ---- the race ---------------------------------------------------------------

def ranges(seen):
    """[[12, 16], [16, 24]] -> "12-16 16-24" """
    return " ".join(f"{start}-{end}" for start, end in seen)


def seen_of(seen):
    """An observation. Lines are kept of what is told of it, not of all."""
    one = seen | {"ranges": ranges(seen["ranges"])}
    if "lines" in one and one["predicted"] and not one["gap"] and \
            one["view"] not in ("before", "after"):
        del one["lines"]
    return one


def race_of(race):
    """One reader beside one writer."""
    return race | {"seconds": round(race["seconds"], 2),
                   "seen": [seen_of(one) for one in race["seen"]],
                   "not_seen": [seen_of(one) for one in race["not_seen"]]}


def race(args):
    """The running kernel's reader."""
    before = os.getloadavg()[0]
    said, content = ask_json(args.vmatlas, "race", "--format", "json",
                             "--catalog", args.catalog,
                             "--seconds", args.seconds)
    return {"kernel": upstream(said["kernel"]),
            "command": f"vmatlas race --seconds {args.seconds:g}",
            "settings": here() | said["settings"] |
            {"load_before": round(before, 1), "rules": said["rules"],
             "lockless": said["lockless"], "why": said["why"]},
            "races": [race_of(one) for one in said["races"]],
            "not_raced": said["not_raced"]}, content


RACED = re.compile(r"# (\w+), \w+: reads (\d+), beside an operation (\d+), gaps (\d+) own "
                   r"(\d+) undoing (\d+) several, overlaps (\d+), unpredicted (\d+)$")
RACED_KEYS = ("reader", "reads", "beside", "own", "undoing", "several", "overlaps",
              "unpredicted")


def raced_of(line):
    """A reader of one file, in the words of TAP."""
    found = RACED.match(line)
    if not found:
        raise Unusable(f"'{line}' is no race")
    return dict(zip(RACED_KEYS, [found[1], *map(int, found.groups()[1:])]))


def race_kernels(args):
    """The readers of other kernels, beside the operations of one case."""
    guests, how, content = boot(args, "race", "--tap", "--file", "all", "--writer",
                                "thread", "--seconds", f"{args.seconds:g}",
                                "existing-merge-left-partial")
    return {"kernels": [guest_of(one) | {"races": [
        raced_of(line) for test in one["tests"] for line in test["lines"]]}
        for one in guests]} | how, content


JUDGES = {"source": source, "trees": trees, "live": live, "reach": reach,
          "kernels": kernels, "reach-kernels": reach_kernels,
          "random-kernels": random_kernels,
          "race": race, "race-kernels": race_kernels}


# ---- files ------------------------------------------------------------------

def has_containers(value):
    """Whether there is a list or an object in it."""
    inner = value.values() if isinstance(value, dict) else value
    return any(isinstance(one, (dict, list)) for one in inner)


def text_of(value, indent=0):
    """JSON with a line for what is small, so that differences can be read."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or not value or \
            not has_containers(value) or indent + len(flat) <= 80:
        return flat
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {text_of(one, indent + 1)}"
                 for key, one in value.items()]
        opened, closed = "{}"
    else:
        items = [text_of(one, indent + 1) for one in value]
        opened, closed = "[]"
    inner = f",\n{pad}".join(items)
    return f"{opened}\n{pad}{inner}\n{' ' * indent}{closed}"


def write(path, text):
    """The whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False,
                                     encoding="utf-8",
                                     prefix=f".{path.name}.") as file:
        try:
            file.write(text)
            file.close()
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def speaks_of(data):
    """The cases that a file has results of."""
    lists = [data.get("cases", []), data.get("triggers", []),
             data.get("races", [])]
    lists += [one.get("triggers", []) for one in data.get("kernels", [])]
    found = {one.get("case") or one.get("id") for each in lists
             for one in each}
    return found | set(data.get("not_raced", {}))


def with_others(data, path):
    """Guests that were not asked this time keep what they said."""
    try:
        before = json.loads(path.read_text(encoding="utf-8"))["kernels"]
    except (OSError, KeyError):
        return
    asked = {one["kernel"] for one in data["kernels"]}
    data["kernels"] = sorted(
        data["kernels"] + [one for one in before if one["kernel"] not in asked],
        key=lambda one: [int(n) for n in re.findall(r"\d+", one["kernel"])])


def measure(name, args):
    """Ask one judge and keep the answer. Returns whether it is content."""
    # Before, so that an entry that changes meanwhile is stale.
    prints = oracles.fingerprints(args.catalog, name)
    data, content = JUDGES[name](args)
    if args.series != "all" and "kernels" in data:
        with_others(data, args.data / f"{name}.json")
    cases = speaks_of(data)
    data["entries"] = {case: one for case, one in prints.items()
                       if case in cases}
    write(args.data / f"{name}.json", text_of(data) + "\n")
    return content


# ---- the program ------------------------------------------------------------

def judges_of(text):
    """The words of --only."""
    names = text.split(",")
    for name in names:
        if name not in JUDGES:
            raise argparse.ArgumentTypeError(
                f"unknown judge '{name}', expected {', '.join(JUDGES)}")
    return names


def seconds_of(text):
    """The number of --seconds."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 86400:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no time, expected seconds up to 86400")
    return seconds


def arguments():
    """The command line."""
    path = pathlib.Path
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", type=judges_of, metavar="NAME,...",
                        help="ask these again: " + ", ".join(JUDGES))
    parser.add_argument("--data", type=path, metavar="DIR",
                        default=ROOT / "docs/data",
                        help="where the files are (docs/data)")
    parser.add_argument("--vmatlas", type=path, metavar="FILE",
                        default="build/vmatlas",
                        help="the program (%(default)s)")
    parser.add_argument("--static", type=path, metavar="FILE",
                        default="build/static/vmatlas",
                        help="the same, static, with init beside it "
                             "(%(default)s)")
    parser.add_argument("--catalog", type=path, metavar="DIR",
                        default="catalog", help="(%(default)s)")
    parser.add_argument("--ksrc", type=path, metavar="PATH",
                        default="/usr/src/linux-source-6.12.tar.xz",
                        help="kernel tree or tarball (%(default)s)")
    parser.add_argument("--cache", type=path, metavar="DIR",
                        default="build/source",
                        help="where it is unpacked (%(default)s)")
    parser.add_argument("--trees", type=path, metavar="DIR",
                        default="build/trees",
                        help="where the trees of other releases are "
                             "(%(default)s)")
    parser.add_argument("--kernels", type=path, metavar="DIR",
                        default="build/kernels",
                        help="where Debian's kernels are kept (%(default)s)")
    parser.add_argument("--kernel", type=path, metavar="BZIMAGE", default=[],
                        action="append", help="another kernel, repeatable")
    parser.add_argument("--series", metavar="A.B,...", default="all",
                        help="guests of these releases only, the others keep "
                             "their rows (%(default)s)")
    parser.add_argument("--wide", action="store_true",
                        help="trees: the wider sweeps, too, about four minutes "
                             "for each")
    parser.add_argument("--calls", type=int, metavar="N", default=1000000,
                        help="random calls on each kernel (default: 1000000)")
    parser.add_argument("--seconds", type=seconds_of, metavar="N", default=60,
                        help="how long to race (%(default)s)")
    return parser.parse_args()


def main():
    """One after the other: a race is not to be disturbed."""
    args = arguments()
    status = 0
    for name in args.only or JUDGES:
        print(f"  MEASURE {name}", flush=True)
        try:
            if not measure(name, args):
                print(f"measure: {name}: it disagrees", file=sys.stderr)
                status = max(status, 1)
        except (Unusable, OSError) as err:
            optional = isinstance(err, Missing) and not args.only
            print(f"measure: {name}: {'left out: ' if optional else ''}{err}",
                  file=sys.stderr)
            if not optional:
                status = 2
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(2)
