#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Complain of what no compiler does.

lint.py --rooms "ROOM..." OBJECT...: the rooms in the order in which they may use
each other, and the objects of them all. No object may need a symbol that only
a later room defines, no tag of a struct, union or enum may be defined twice,
no string that is shown may be split, other than prose, and the design page's picture
has to be what is included.
"""

import argparse
import collections
import pathlib
import re
import subprocess
import sys

TAG = re.compile(r"^(?:static |const )*(?:struct|union|enum) (\w+) \{", re.M)
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
SPLIT = re.compile(rf"{LITERAL}(?:\s*\n\s*{LITERAL})+")
PROSE = 160  # characters, from which on a string may be split

# What is compiled for itself, some of it with the kernel's own headers.
APART = {"src/oracle/linux", "src/oracle/guest", "src/emit/kselftest", "src/wasm",
         "src/wasm/include"}
KERNELS_OWN = {"procmap_query"}  # for each who has older headers


def layering(rooms, objects):
    def floor(place):
        return rooms.index(pathlib.Path(place).parent.relative_to(
            pathlib.Path(place.partition("src/")[0] + "src")).parts[0])

    out = subprocess.run(["gcc-nm", "-A", "-g", *objects], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    symbols = [re.fullmatch(r"(.*?):\s*\S*\s+(\w) (\S+)", line).groups()
               for line in out.splitlines()]
    defined = {name: place for place, kind, name in symbols if kind != "U"}
    for place, kind, name in symbols:
        other = defined.get(name)
        if kind == "U" and other and floor(other) > floor(place):
            yield f"{place}: needs '{name}' of {other}, expected one of a room below"


def included(folder):
    """The rooms that the files of a room include."""
    found = set()
    for path in pathlib.Path("src", folder).rglob("*.[ch]"):
        if str(path.parent) not in APART - {"src/wasm"}:
            found.update(re.findall(r'^#include "(\w+)/', path.read_text(), re.MULTILINE))
    return found - {folder}


def picture(rooms):
    """The design page's picture has what each room includes, less what follows from that."""
    text = pathlib.Path("docs/design.rst").read_text()
    drawn = set(re.findall(r"^ +(\w+) -> (\w+)$", text, re.MULTILINE))
    below = {}
    for room in [*rooms, "wasm"]:
        direct = included(room)
        beyond = {low for other in direct for low in below.get(other, ())}
        below[room] = direct | beyond
        for other in sorted(direct - beyond):
            if (room, other) not in drawn:
                yield f"docs/design.rst: expected {room} -> {other}, which is included"
            drawn.discard((room, other))
    for room, other in sorted(drawn):
        yield f"docs/design.rst: {room} -> {other}, which is not included, or follows"


def tags(sources):
    places = collections.defaultdict(list)
    for path, text in sources.items():
        for m in TAG.finditer(text):
            places[m[1]].append(f"{path}:{text.count(chr(10), 0, m.start()) + 1}")
    for tag, where in sorted(places.items()):
        for place in where[1:] if tag not in KERNELS_OWN else ():
            yield f"{place}: '{tag}' is already at {where[0]}, expected another name"


def groups(literals):
    """Those that are one line to whoever sees them."""
    group = []
    for literal in literals:
        group.append(literal[1:-1])
        # Behind a number in hexadecimal, a digit would be part of it.
        if re.search(r"\\(?:[nv]|x[0-9a-f]+)$", group[-1]):
            yield group
            group = []
    yield group


def strings(sources):
    for path, text in sources.items():
        for m in SPLIT.finditer(text):
            for group in groups(re.findall(LITERAL, m[0])):
                if len(group) > 1 and len("".join(group)) + 2 <= PROSE:
                    line = text.count(chr(10), 0, m.start()) + 1
                    yield f"{path}:{line}: split string, expected one: {''.join(group)!r}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rooms", required=True)
    parser.add_argument("objects", nargs="+")
    args = parser.parse_args()
    sources = {path: path.read_text() for path in sorted(pathlib.Path("src").rglob("*.[ch]"))
               if str(path.parent) not in APART}
    rooms = args.rooms.split()
    complaints = [*layering(rooms, args.objects), *picture(rooms), *tags(sources),
                  *strings(sources)]
    print(*complaints, sep="\n", end="\n" if complaints else "")
    sys.exit(bool(complaints))


main()
