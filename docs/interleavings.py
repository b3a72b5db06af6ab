# SPDX-License-Identifier: GPL-2.0-only
"""Interleavings for docs/watch.rst: from what "vmatlas explore --trace --format
json" writes, a script that a page can load. Most texts come again and again, so
they are kept once."""

import json
import sys

VERSIONS = {
    "upstream": "/proc/PID/maps since Linux 6.17",
    "mmap-lock": "/proc/PID/maps to Linux 6.16",
    "fresh-fallback": "with a repair: docs/patches/fresh-fallback.patch",
}


class Table:
    """Values, each with a number."""

    def __init__(self):
        self.values = []
        self.numbers = {}

    def add(self, value):
        key = json.dumps(value)
        if key not in self.numbers:
            self.numbers[key] = len(self.values)
            self.values.append(value)
        return self.numbers[key]


def ranges(slots):
    return [[s["vma"], s["start"], s["end"]] for s in slots]


def step(one, texts, trees):
    line = one["reports"]
    return [
        1 if one["actor"] == "writer" else 0,
        texts.add(one["text"]),
        one["sequence"],
        one["from"],
        texts.add(one["iterator"]),
        texts.add(one["holds"] or ""),
        1 if one["hole"] else 0,
        [line["vma"], line["start"], line["end"]] if line else 0,
        trees.add(ranges(one["tree"])),
    ]


def documents(text):
    """What several runs wrote, one after the other."""
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        yield from value["searches"]
        text = text[end:]


def main():
    found = [s for s in documents(sys.stdin.read()) if s["trace"]]
    missed = {s["case"] for s in found if s["gap"]}
    texts, trees, searches = Table(), Table(), []
    for search in found:
        # Where nothing is ever missed, what lies beside it matters little.
        if search["case"] not in missed and (
            search["left"] != "none" or search["right"] != "none"
        ):
            continue
        trace = search["trace"]
        missing = trace["missing"]
        searches.append(
            {
                "case": search["case"],
                "reader": search["reader"],
                "below": search["left"],
                "above": search["right"],
                "tree": trees.add(ranges(trace["tree"])),
                "steps": [step(one, texts, trees) for one in trace["steps"]],
                "missing": [missing["start"], missing["end"]] if missing else 0,
            }
        )
    data = {
        "readers": VERSIONS,
        "texts": texts.values,
        "trees": trees.values,
        "searches": searches,
    }
    print("window.vmatlas_interleavings = %s;" % json.dumps(data, separators=(",", ":")))


main()
