#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make the tables of docs/repair.rst from what tests/repair.py measured.

With --often, what docs/reader.rst says of how often it happens, instead; with --kernels,
the table of docs/race.rst, from what tests/measure.py has raced in guests.

Usage: docs/repair.py [--often|--kernels] FILE...
"""

import json
import pathlib
import sys

NAMES = {"base": "as it is"}


def grouped(number):
    """Thousands apart."""
    return f"{number:,}"


def version(data):
    """What to order by; guests' data has one kernel or more, and no release of its own."""
    return [int(number) for number in data.get("kernel", "0").split(".")]


def table(title, heads, rows):
    """A table of rst: columns as wide as they have to be."""
    rows = [[str(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    rule = "  ".join("=" * width for width in widths)
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
             for row in rows]
    text = "\n".join([rule, lines[0], rule, *lines[1:], rule])
    return f".. table:: {title}\n\n" + \
        "".join(f"   {line}\n" for line in text.splitlines()) + "\n"


def cell(row):
    """Gaps of reads, and these by what was beside them."""
    if not row["gaps"]:
        return f"0 of {grouped(row['reads'])}"
    several = row["gaps"] - row["gaps_own"] - row["gaps_undoing"]
    return f"{row['gaps']} of {grouped(row['reads'])} " \
        f"({row['gaps_own']}, {row['gaps_undoing']}, {several})"


def total(rows, key):
    """Over all cases."""
    return sum(row[key] for row in rows.values())


def race_table(kernels, stage, title):
    """A row a case, a column a kernel."""
    kernels = [one for one in kernels if stage in one]
    if not kernels:
        return ""
    cases = list(kernels[0][stage]["cases"])
    rows = [[case, *(cell(one[stage]["cases"][case]) for one in kernels)]
            for case in cases]
    for what, key in (("all reads", "reads"), ("with a gap", "gaps"),
                      ("with an overlap", "overlaps"), ("not predicted", "unpredicted")):
        rows.append([what, *(grouped(total(one[stage]["cases"], key))
                             for one in kernels)])
    rows.append(["gaps per million reads", *(
        grouped(round(total(one[stage]["cases"], "gaps") * 1e6 /
                      total(one[stage]["cases"], "reads"))) for one in kernels)])
    return table(title, ["case", *(NAMES.get(one["name"], one["name"]) for one in kernels)],
                 rows)


def older_table(older):
    """A row a release of Linux, a column a kernel."""
    rows = []
    for data in older:
        cells = []
        for one in data["kernels"]:
            cases = one["race"]["cases"]
            cells.append(f"{grouped(total(cases, 'gaps'))} of {grouped(total(cases, 'reads'))}")
        seconds = data["kernels"][0]["race"]["seconds"]
        rows.append([data["kernel"], f"{seconds:g} s", *cells])
    return older and table(
        "Reads with a gap, of older releases, as in the first table",
        ["Linux", "time", *(NAMES.get(one["name"], one["name"]) for one in older[0]["kernels"])],
        rows) or ""


def quiet_table(kernels):
    """Instructions, and how many more than without a patch."""
    kernels = [one for one in kernels if "quiet" in one]
    if not kernels or kernels[0]["name"] != "base":
        return ""
    rows = []
    for i, base in enumerate(kernels[0]["quiet"]):
        row = [base["vmas"], grouped(base["buffer"]), grouped(base["instructions"])]
        for one in kernels[1:]:
            more = one["quiet"][i]["instructions"] / base["instructions"] - 1
            row.append(f"{100 * more:+.1f} %")
        rows.append(row)
    return table("Instructions to read all of /proc/PID/maps while nothing happens",
                 ["VMAs", "buffer", "as it is",
                  *(one["name"] for one in kernels[1:])], rows)


def beside_table(kernels):
    """The fallback, and what the writer waits."""
    rows = [[NAMES.get(one["name"], one["name"]), grouped(one["beside"]["reads"]),
             grouped(one["beside"]["fallbacks"]), grouped(one["beside"]["writes"]),
             f"{one['beside']['median_ns'] / 1000:.0f}",
             f"{one['beside']['high_ns'] / 1000:.0f}"]
            for one in kernels if "beside" in one]
    return rows and table(
        "Beside a writer: how often the reader took the mmap lock, and an mprotect() in us",
        ["kernel", "reads", "mmap lock taken", "mprotect()", "median", "99 of 100 within"],
        rows) or ""


def selftest_lines(kernels):
    """In a sentence each."""
    text = ""
    for one in kernels:
        if "selftest" in one:
            test = one["selftest"]
            text += f"- {NAMES.get(one['name'], one['name'])}: {test['ok']} passed, " \
                f"{len(test['failed'])} failed, {len(test['skipped'])} skipped\n"
    return text and "The tree's own ``proc-maps-race``:\n\n" + text + "\n"


def gap_test_lines(kernels):
    """What is to be added to it."""
    text = "".join(f"- {NAMES.get(one['name'], one['name'])}: fails "
                   f"{one['gap_test']['failed']} of {one['gap_test']['runs']} times\n"
                   for one in kernels if "gap_test" in one)
    return text and ":doc:`patch` adds a test to it, of what is within one ``read()``, of 5 s:" \
        "\n\n" + text + "\n"


def listed(cases, key=None):
    """Cases, each with a count behind it."""
    words = [f"*{case}*" + (f" ({grouped(row[key])} of {grouped(row['reads'])})" if key else "")
             for case, row in cases]
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def often(data):
    """How often, of which step, and that the repairs have none."""
    base, *repaired = data["kernels"]
    rows = list(base["race"]["cases"].items())
    reads, gaps = (total(base["race"]["cases"], key) for key in ("reads", "gaps"))
    own = [(case, row) for case, row in rows if row["gaps_own"]]
    undone = [(case, row) for case, row in rows
              if row["gaps_undoing"] and not row["gaps_own"]]
    never = [(case, row) for case, row in rows if not row["gaps"]]
    print(f"In {grouped(gaps)} of {grouped(reads)} reads beside the cases of the mail, done "
          f"and undone, on a small, preemptible Linux {data['kernel']}: "
          f"{grouped(round(gaps * 1e6 / reads))} per million.")
    for one in repaired:
        rows = one["race"]["cases"]
        print(f"With *{one['name']}*, in {grouped(total(rows, 'gaps'))} of "
              f"{grouped(total(rows, 'reads'))}.")
    print("\n.. own-begin\n")
    print(f"Reads with a gap beside nothing but the case's own step were seen in "
          f"{listed(own, 'gaps_own')}; beside nothing but what undoes it in "
          f"{listed(undone, 'gaps_undoing')}; none at all in {listed(never)}.")


def raced_cell(races, kind):
    """Reads with a gap and with an overlap, of all of one reader."""
    one = next((one for one in races if one["reader"] == kind), None)
    if not one:
        return "no such file"
    gaps = one["own"] + one["undoing"] + one["several"]
    return f"{grouped(gaps)}, {grouped(one['overlaps'])} of {grouped(one['reads'])}"


def guests(data):
    """A row a kernel, a column a reader."""
    kinds = ("read", "stops", "smaps", "numa", "query")
    rows = [[one["kernel"], *(raced_cell(one["races"], kind) for kind in kinds),
             sum(race["unpredicted"] for race in one["races"])]
            for one in data["kernels"]]
    print(f"``{data['command']}``, {data['settings']['machine']}:\n")
    print(table("Reads with a gap, and with an overlap, of all that were read",
                ["Linux", *kinds, "new"], rows))


def main():
    """Print all of it."""
    files = [arg for arg in sys.argv[1:] if not arg.startswith("--")]
    # The newest release first.
    data, *older = sorted((json.loads(pathlib.Path(name).read_text(encoding="utf-8"))
                           for name in files), key=version, reverse=True)
    kernels = data["kernels"]
    if "--kernels" in sys.argv:
        guests(data)
        return
    if "--often" in sys.argv:
        often(data)
        return
    print(f"Linux {data['kernel']}, {kernels[0]['race']['seconds']:g} s of the guest for each "
          f"column, as\n``{kernels[0]['race']['command']}``:\n")
    print(race_table(kernels, "race", "Reads with a gap (of these: beside the case's own "
                     "step, its undoing, several)"))
    print(older_table(older))
    print(race_table(kernels, "delayed", "With delays between the look-up and "
                     "the lock, and in the look-up of a hole"))
    print(race_table(kernels, "topmost", "With the delays, and nothing mapped above the case"))
    print(quiet_table(kernels))
    print(beside_table(kernels))
    print(selftest_lines(kernels))
    print(gap_test_lines(kernels))


if __name__ == "__main__":
    main()
