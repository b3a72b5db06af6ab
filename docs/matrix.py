#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make the tables of releases from what was measured.

Usage: docs/matrix.py CATALOG DATA

DATA has the files that tests/measure.py wrote, and releases.yaml, which says what
each release changed. A cell is what mm/vma.c of that release and a kernel of it say.
"""

import html
import json
import pathlib
import sys

import yaml

import oracles

CASE = '<a href="cases/{0}.html">{0}</a>'


def numbers(version):
    """What to order versions by."""
    return [int(n) for n in version.split(".")]


def series(version):
    """6.18.15 -> 6.18"""
    return ".".join(version.split(".")[:2])


def load(data, name, key):
    """By series what a file has of each release; none if there is none."""
    path = pathlib.Path(data, f"{name}.json")
    if not path.exists():
        return {}, {}
    content = json.loads(path.read_text(encoding="utf-8"))
    return {series(one["kernel"]): one for one in content[key]}, content


class Matrix:
    """What there is, by series."""

    def __init__(self, catalog, data):
        self.trees, _ = load(data, "trees", "trees")
        self.kernels, content = load(data, "kernels", "kernels")
        self.reach, _ = load(data, "reach-kernels", "kernels")
        self.random, _ = load(data, "random-kernels", "kernels")
        self.entries = content.get("entries", {})
        self.now = oracles.fingerprints(catalog, "kernels")
        self.cases = []
        for path in sorted(pathlib.Path(catalog).glob("*.yaml")):
            with open(path, encoding="utf-8") as file:
                family = yaml.safe_load(file)
            self.cases += [case["id"] for case in family["cases"]]
        with open(pathlib.Path(data, "releases.yaml"), encoding="utf-8") as file:
            self.releases = yaml.safe_load(file)
        self.columns = sorted({*self.trees, *self.kernels}, key=numbers)

    def version(self, column):
        """In full, of the tree or else of the kernel."""
        one = self.trees.get(column) or self.kernels[column]
        return one["kernel"]


# ---- the matrix -------------------------------------------------------------

def tree_mark(matrix, column, case):
    """Whether the tree's mm/vma.c agrees: a mark, a class, in words."""
    tree = matrix.trees.get(column)
    if not tree or case not in tree["cases"]:
        return "", "none", "no mm/vma.c"
    name = f"mm/vma.c of {tree['kernel']}"
    return ("✓", "good", f"{name} agrees") if tree["cases"][case] else \
        ("✗", "bad", f"{name} differs")


def kernel_mark(matrix, column, case):
    """How many triggers agree on the kernel."""
    kernel = matrix.kernels.get(column)
    results = [one["result"] for one in kernel["triggers"]
               if one["case"] == case] if kernel else []
    tried = [one for one in results if one != "skipped"]
    if not tried:
        return "", "none", "no trigger was tried"
    agree = tried.count("agrees")
    kind = "bad" if "differs" in tried else \
        "known" if "known" in tried else "good"
    text = f"{agree}" if agree == len(tried) else f"{agree}/{len(tried)}"
    if matrix.entries.get(case) != matrix.now.get(case):
        return text, "known", f"Linux {kernel['kernel']}: stale, the case has " \
            "changed since"
    return text, kind, f"Linux {kernel['kernel']}: {agree} of {len(tried)} " \
        "triggers agree"


def worst(kinds):
    """What a cell of several results is."""
    return next((kind for kind in ("bad", "known", "good") if kind in kinds),
                "none")


def td(marks):
    """A cell: what it says, and by whom if somebody points at it."""
    text = " ".join(filter(None, (mark[0] for mark in marks))) or "·"
    title = "; ".join(mark[2] for mark in marks)
    return f'<td class="{worst([mark[1] for mark in marks])}" ' \
        f'title="{html.escape(title)}">{html.escape(text)}</td>'


def has(rule, version):
    """Whether a release has a change: the mainline's, or a stable series'."""
    main, *stable = rule["since"]
    if numbers(version) >= numbers(main):
        return True
    return any(series(one) == series(version) and
               numbers(version) >= numbers(one) for one in stable)


def rule_marks(matrix, column, rule):
    """Who confirms that it has it. Of the judges only those that prove it."""
    marks = []
    tree, kernel = matrix.trees.get(column), matrix.reach.get(column)
    if "tree" in rule["proven"] and tree and has(rule, tree["kernel"]):
        fine = not any(sweep["differ"] for sweep in tree["sweeps"])
        marks.append(("✓" if fine else "✗", "good" if fine else "bad",
                      f"mm/vma.c of {tree['kernel']}"))
    if "kernel" in rule["proven"] and kernel and has(rule, kernel["kernel"]):
        differ = sum(one["differ"] for one in kernel["families"].values())
        marks.append(("K" if not differ else f"{differ}",
                      "bad" if differ else "good",
                      f"Linux {kernel['kernel']}, what user space can reach"))
    if not marks and has(rule, matrix.version(column)):
        marks.append(("has", "none", "nobody was asked"))
    return marks or [("", "none", "not yet")]


def head(matrix, title):
    """Columns are releases."""
    cells = "".join(f'<th scope="col">{html.escape(one)}</th>'
                    for one in matrix.columns)
    return f'<tr><th scope="col">{title}</th>{cells}</tr>'


def table(matrix, title, rows):
    """All of one table, wide as it is."""
    body = "".join(f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>\n'
                   for name, cells in rows)
    return ".. raw:: html\n\n   " + (
        '<div class="wide"><table class="matrix">\n<thead>'
        f"{head(matrix, title)}</thead>\n<tbody>\n{body}</tbody></table></div>"
    ).replace("\n", "\n   ") + "\n"


def matrix_cases(matrix):
    """A row a case."""
    return table(matrix, "Case", [
        (CASE.format(case),
         [td([tree_mark(matrix, column, case),
              kernel_mark(matrix, column, case)])
          for column in matrix.columns]) for case in matrix.cases])


def matrix_rules(matrix):
    """A row a change."""
    return table(matrix, "Since, what", [
        (f"{rule['since'][0]} {html.escape(rule['what'])}",
         [td(rule_marks(matrix, column, rule)) for column in matrix.columns])
        for rule in matrix.releases if rule["model"] == "yes"])


# ---- other tables -----------------------------------------------------------

def releases(matrix):
    """What each changed, and how that was proven."""
    names = {"yes": "yes", "no": "no", "nothing": "nothing to model"}
    judges = {"tree": "its ``mm/vma.c``", "kernel": "its kernel"}
    rows = [[", ".join(rule["since"]), oracles.escaped(rule["what"]),
             f"{names[rule['model']]}: " +
             ", ".join(judges.get(one, oracles.escaped(one))
                       for one in rule["proven"])]
            for rule in matrix.releases]
    return oracles.grid("What each release changed",
                        ["Release", "What changed", "In the model, proven by"],
                        rows, width=44)


def count(one, key):
    """A sum over families or sweeps."""
    return sum(family[key] for family in one.values())


def trees(matrix):
    """By tree how much agrees, and what the release changed in the space."""
    rows = []
    for tree in sorted(matrix.trees.values(), key=lambda t: numbers(t["kernel"])):
        everything = sum(sum(sweep["configurations"].values())
                         for sweep in tree["sweeps"])
        differ = sum(sweep["differ"] for sweep in tree["sweeps"])
        since = sum(sweep["differ"] for sweep in tree.get("since", []))
        rows.append([tree["kernel"], tree["rules"],
                     f"{everything - differ:,} of {everything:,}",
                     f"{sum(tree['cases'].values())} of {len(tree['cases'])}",
                     f"{since:,}" if "since" in tree else oracles.NONE])
    return oracles.grid(
        "Trees", ["Linux", "Rules of", "Configurations that agree",
                  "Cases that agree", "Differ from the tree before"], rows)


def kernels(matrix):
    """By kernel what each way of asking it came to."""
    rows = []
    for column in sorted({*matrix.kernels, *matrix.reach, *matrix.random},
                         key=numbers):
        kernel, reach = matrix.kernels.get(column), matrix.reach.get(column)
        some = matrix.random.get(column)
        results = [one["result"] for one in kernel["triggers"]] if kernel else []
        tried = len(results) - results.count("skipped")
        rows.append([
            (kernel or reach or some)["kernel"],
            f"{results.count('agrees')} of {tried}" if kernel else oracles.NONE,
            f"{count(reach['families'], 'agree'):,}, "
            f"{count(reach['families'], 'differ'):,} differ"
            if reach and reach["families"] else oracles.NONE,
            f"{some['calls']:,} calls, {some['differ']} programs differ"
            if some and "calls" in some else oracles.NONE])
    return oracles.grid("Kernels", ["Linux", "Triggers that agree",
                                    "Within reach", "Random programs"], rows)


def main():
    """Print it."""
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    matrix = Matrix(*sys.argv[1:])
    print('.. SPDX-License-Identifier: GPL-2.0-only\n\n'
          '.. Made by docs/matrix.py from docs/data. Run "make measure".\n')
    for make in (releases, matrix_cases, matrix_rules, trees, kernels):
        print(oracles.part(make.__name__.replace("_", "-"), make(matrix)))


if __name__ == "__main__":
    main()
