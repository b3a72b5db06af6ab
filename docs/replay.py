#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make the tables of docs/replay.rst from what tests/replay.py measured.

Usage: docs/replay.py FILE
"""

import json
import sys

# Of a comparison. Where these differ, a trace could not have told.
UNSEEN = ("grown", "deleted")
MERGES = ("merged", "not_merged")

HEADS = ("program", "processes", "calls", "operations", "VMAs at most",
         "VMAs compared", "the same", "grew, deleted", "merged otherwise", "differ",
         "otherwise, if never written")


def total_of(vmas, keys):
    """How many VMAs are of one of some kinds."""
    return sum(vmas.get(key, 0) for key in keys)


def row(one):
    """A program's row."""
    vmas, never = one["vmas"], one["vmas_if_never_written"]
    return [one["program"], one["processes"], one["calls"], one["operations"],
            one["peak"], sum(vmas.values()), vmas["same"], total_of(vmas, UNSEEN),
            total_of(vmas, MERGES), vmas["differs"], total_of(never, MERGES)]


def last_row(rows):
    """The sums of what can be added."""
    sums = ["all"] + [sum(column) for column in list(zip(*rows))[1:]]
    sums[HEADS.index("VMAs at most")] = max(r[HEADS.index("VMAs at most")]
                                            for r in rows)
    return sums


def table(heads, rows):
    """A grid table, which is one that can be read as it is."""
    cells = [[str(cell) for cell in line] for line in [heads] + rows]
    heads = [cell.split(" ") for cell in cells[0]]
    height = max(len(head) for head in heads)
    widths = [max([len(line[i]) for line in cells[1:]] + [len(w) for w in heads[i]])
              for i in range(len(heads))]
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+"

    def line_of(words):
        return "|" + "|".join(f" {word:<{width}} "
                              for word, width in zip(words, widths)) + "|"

    out = [rule]
    out += [line_of([head[i] if i < len(head) else "" for head in heads])
            for i in range(height)]
    out.append(rule.replace("-", "="))
    for line in cells[1:]:
        out += [line_of(line), rule]
    return out


def measured(data):
    """The table of programs."""
    rows = [row(one) for one in data["programs"]]
    lines = table(HEADS, rows + [last_row(rows)])
    return "\n".join([f".. table:: Linux {data['kernel']}, ``{data['command']}``", "",
                      *("   " + line for line in lines)])


def disagreements(data):
    """A sentence on calls that came out otherwise."""
    calls = sum(one["disagreements"] for one in data["programs"])
    lines = sum(one["not_understood"] for one in data["programs"])
    return (f"Calls that came out otherwise on the simulator than in the kernel: "
            f"{calls or 'none'}. Lines that were not understood: {lines or 'none'}.")


def main():
    """Print all of it."""
    with open(sys.argv[1], encoding="utf-8") as file:
        data = json.load(file)
    print(measured(data))
    print()
    print(disagreements(data))


if __name__ == "__main__":
    main()
