#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make the tables of docs/oracles.rst from what was measured.

Usage: vmatlas emit json | docs/oracles.py CATALOG DATA [TABLE]

DATA has the files that tests/measure.py wrote. Standard input says what the model
has now, and CATALOG what is stated now: results of a case whose entry has changed
since they were measured are marked as stale. TABLE is what "vmatlas live --reach
--rules-table --format json" prints now: if it is not what it was, so is what the
kernel did beyond the cases.
"""

import hashlib
import json
import pathlib
import sys
import textwrap

import yaml

# What may change without making a measurement stale: what is said of a case.
PROSE = ("title", "summary", "reader", "when", "syscalls")

# Each has a file.
JUDGES = ("source", "live", "reach", "kernels", "reach-kernels", "race")

# These judges carry out the triggers of a case; the others do its operation.
BY_TRIGGER = ("live", "kernels")


# libyaml's, where it was built in, is ten times as fast.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def fingerprints(catalog, judge):
    """A hash of what each case states, as far as this judge depends on it."""
    prints = {}
    for path in sorted(pathlib.Path(catalog).glob("*.yaml")):
        with open(path, encoding="utf-8") as file:
            family = yaml.load(file, LOADER)
        for case in family["cases"]:
            stated = {key: value for key, value in case.items()
                      if key not in PROSE and
                      (key != "live" or judge in BY_TRIGGER)}
            text = json.dumps(stated, sort_keys=True)
            prints[case["id"]] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return prints


# ---- rst --------------------------------------------------------------------

# A dash alone would begin a list.
NONE = "\\-"

def part(name, text):
    """What a page can include."""
    return f".. {name}-begin\n\n{text.rstrip()}\n\n.. {name}-end\n"


def cell(text, width, whole):
    """The lines of a cell. Those of a line block stay whole."""
    if whole:
        return ["| " + line for line in text.split("\n")]
    return textwrap.wrap(text, width, break_long_words=False,
                         break_on_hyphens=False) or [""]


def grid(title, heads, rows, width=24, first=80):
    """A grid table in the style of the others; the first column is wider."""
    whole = [any("\n" in text for text in column) for column in zip(*rows)]
    table = [[cell(text, width if i else first, nr and whole[i])
              for i, text in enumerate(row)]
             for nr, row in enumerate([heads, *rows])]
    widths = [max(len(line) for row in table for line in row[i])
              for i in range(len(heads))]

    def rule(mark):
        return "+" + "+".join(mark * (w + 2) for w in widths) + "+"

    out = [rule("-")]
    for nr, row in enumerate(table):
        for i in range(max(map(len, row))):
            line = [f" {c[i] if i < len(c) else '':{w}} "
                    for c, w in zip(row, widths)]
            out.append("|" + "|".join(line) + "|")
        out.append(rule("-" if nr else "="))
    return f".. table:: {title}\n   :class: vma-cases\n   :widths: auto\n\n" + \
        textwrap.indent("\n".join(out), "   ") + "\n"


def ref(case):
    """A case by its name, which leads to its page."""
    return f":ref:`{case} <vma-case-{case}>`"


def escaped(text):
    """Text of a program is no markup."""
    for char in "\\*`|_":
        text = text.replace(char, "\\" + char)
    return " ".join(text.split())


def block(lines, indent="   "):
    """Something as it was printed."""
    return "::\n\n" + textwrap.indent("\n".join(lines), indent) + "\n"


def many(number, one, more=None):
    """1 read, 2 reads"""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


# ---- what there is ----------------------------------------------------------

class Atlas:
    """The data, and what catalogue and model say today."""

    def __init__(self, catalog, data, emitted, table=None):
        self.table = table
        self.cases = {case["id"]: case for case in emitted["cases"]}
        self.rules = emitted["rules"]
        self.data, self.now = {}, {}
        for judge in JUDGES:
            path = pathlib.Path(data, f"{judge}.json")
            if path.exists():
                with open(path, encoding="utf-8") as file:
                    self.data[judge] = json.load(file)
            self.now[judge] = fingerprints(catalog, judge)

    def stale(self, judge, case):
        """Whether this judge spoke of another entry than there is now."""
        entry = self.data[judge]["entries"].get(case)
        return entry is not None and entry != self.now[judge].get(case)

    def reach_is_stale(self, judge):
        """Whether the simulator has other configurations or rules now."""
        return self.table is not None and \
            self.data[judge]["table"] != self.table

    def reach_columns(self):
        """Every kernel that was tried beyond the cases: head, and what came."""
        for one in self.data.get("reach-kernels", {}).get("kernels", []):
            yield self.reach_head("reach-kernels", one["kernel"] + ", QEMU"), \
                one
        if "reach" in self.data:
            one = self.data["reach"]
            yield self.reach_head("reach", one["kernel"]), one

    def reach_head(self, judge, kernel):
        """With the word, if it is stale."""
        return f"Linux {kernel}" + \
            (", **stale**" if self.reach_is_stale(judge) else "")

    def mark(self, judge, case, text):
        """With the word, if it is."""
        return f"{text}\n**stale**" if self.stale(judge, case) else text

    def live_columns(self):
        """Every kernel that carried out triggers: judge, head, triggers."""
        for one in self.data.get("kernels", {}).get("kernels", []):
            yield "kernels", f"Linux {one['kernel']}, QEMU", one["triggers"]
        if "live" in self.data:
            one = self.data["live"]
            yield "live", f"Linux {one['kernel']}", one["triggers"]


# ---- the judges -------------------------------------------------------------

def here(settings):
    """What of the machine matters."""
    said = [many(settings["processors"], "processor"),
            settings["preemption"], "as root" if settings["root"]
            else "as a user"]
    if "load_before" in settings:
        said.append(f"load {settings['load_before']} before it began")
    return ", ".join(said)


def guest_rows(data):
    """The kernels that were booted."""
    for one in data["kernels"]:
        settings = data["settings"]
        append = settings["append"]
        yield ["kernel", one["kernel"], f"``{data['command']}``",
               f"{settings['machine']}, {one['preemption']}, " +
               escaped(one["source"]) + (f", {append}" if append else "")]


def judge_rows(atlas):
    """Who was asked, and how."""
    data = atlas.data
    yield ["model", f"rules of {atlas.rules}", "``vmatlas check``",
           "whenever this page is made"]
    if "source" in data:
        one = data["source"]
        yield ["mm/vma.c", one["kernel"], f"``{one['command']}``",
               "sweeps: " + ", ".join(one["settings"]["sweeps"])]
    for judge in ("kernels", "reach-kernels"):
        yield from guest_rows(data.get(judge, {"kernels": []}))
    if "live" in data:
        one = data["live"]
        yield ["running kernel", one["kernel"], f"``{one['command']}``",
               here(one["settings"])]
    if "reach" in data:
        one = data["reach"]
        yield ["running kernel", one["kernel"], f"``{one['command']}``",
               here(one["settings"])]
    if "race" in data:
        one, s = data["race"], data["race"]["settings"]
        yield ["its reader", one["kernel"], f"``{one['command']}``",
               f"{here(s)}; pause to {s['pause_ns']} ns, interrupts within "
               f"{s['within_ns']} ns, {s['watchers']} watchers"]


def judges(atlas):
    """A table of them, and what is missing."""
    text = grid("The judges", ["Judge", "Linux", "Command", "Settings"],
                list(judge_rows(atlas)), width=34)
    missing = [name for name in JUDGES if name not in atlas.data]
    if missing:
        text += "\nNot measured: " + \
            ", ".join(f"``{name}``" for name in missing) + ".\n"
    for one in [one for judge in ("kernels", "reach-kernels")
                for one in atlas.data.get(judge, {}).get("kernels", [])]:
        for problem in one["problems"] + one["alarms"]:
            text += f"\nLinux {one['kernel']}: {escaped(problem)}\n"
    return text


# ---- case by judge ----------------------------------------------------------

def mail_cell(case):
    """What the mail says, against the model."""
    if case["beyond_mail"]:
        return NONE
    if not case["ok"]:
        return "**differs**"
    verdict = (case["explored"] or {}).get("upstream", {}).get("verdict")
    return f"reader\n{verdict}" if verdict in ("weaker", "refuted") \
        else "agrees"


def source_cell(atlas, case):
    """What mm/vma.c says."""
    for one in atlas.data["source"]["cases"]:
        if one["id"] == case:
            return atlas.mark("source", case,
                              "agrees" if one["agree"] else "**differs**")
    return "not asked"


RESULTS = (("agrees", "{} agree"), ("differs", "**{} differ**"),
           ("known", "{} known"), ("skipped", "{} skipped"))


def live_cell(atlas, judge, case, triggers):
    """What a kernel says, in numbers of triggers."""
    results = [one["result"] for one in triggers if one["case"] == case]
    if not results:
        return "not asked"
    return atlas.mark(judge, case, "\n".join(
        text.format(results.count(result)) for result, text in RESULTS
        if result in results))


def case_rows(atlas):
    """A line a case."""
    for name, case in atlas.cases.items():
        row = [ref(name), mail_cell(case),
               "agrees" if case["ok"] else "**differs**"]
        if "source" in atlas.data:
            row.append(source_cell(atlas, name))
        yield row + [live_cell(atlas, judge, name, triggers)
                     for judge, _, triggers in atlas.live_columns()]


def cases(atlas):
    """The table."""
    heads = ["Case", "Mail", f"Model, {atlas.rules}"]
    if "source" in atlas.data:
        heads.append(f"mm/vma.c, {atlas.data['source']['kernel']}")
    heads += [head for _, head, _ in atlas.live_columns()]
    return grid("Cases by judge", heads, list(case_rows(atlas)), width=14)


def sweeps(atlas):
    """What mm/vma.c was asked beside the cases."""
    text = ""
    for one in atlas.data.get("source", {}).get("sweeps", []):
        total = sum(one["configurations"].values())
        text += f"``mm/vma.c`` of {atlas.data['source']['kernel']} agrees " \
            f"with the simulator on {total - one['differ']:,} of {total:,} " \
            f"configurations of the {one['sweep']} sweep.\n"
    return text or "Not measured.\n"


# ---- what was not tried, and what differs ------------------------------------

def call_of(one):
    """mremap() 2"""
    number = f" {one['number']}" if one["number"] > 1 else ""
    return f"{one['syscall']}(){number}"


def by_reason(atlas, result):
    """Triggers with a result: reason -> column -> triggers."""
    found = {}
    for nr, (_, _, triggers) in enumerate(atlas.live_columns()):
        for one in triggers:
            if one["result"] == result:
                of = found.setdefault(one.get("why", "no reason"), {})
                of.setdefault(nr, []).append(one)
    return found


def skipped(atlas):
    """Why triggers were not tried, and how many on which kernel."""
    heads = [head for _, head, _ in atlas.live_columns()]
    rows = []
    for reason, of in by_reason(atlas, "skipped").items():
        about = {one["case"] for each in of.values() for one in each}
        calls = sorted({one["syscall"] + "()" for each in of.values()
                        for one in each})
        what = escaped(", ".join(calls)) if len(calls) < 4 else \
            f"{len(calls)} system calls"
        rows.append([escaped(reason), what, str(len(about)),
                     *(str(len(of.get(nr, []))) for nr in range(len(heads)))])
    if not rows:
        return "Everything was tried.\n"
    return grid("Triggers that were not tried",
                ["Reason", "Calls", "Cases", *heads], rows, first=36)


def different(atlas):
    """What a kernel does otherwise, whether it is known or not."""
    heads = [head for _, head, _ in atlas.live_columns()]
    rows = []
    for result in ("differs", "known"):
        for reason, of in by_reason(atlas, result).items():
            for nr, triggers in of.items():
                which = ", ".join(f"{ref(one['case'])} by "
                                  f"``{call_of(one)}``" for one in triggers)
                rows.append([escaped(reason), which, heads[nr],
                             "known" if result == "known" else
                             "**not known**"])
    if not rows:
        return "Nothing differs.\n"
    return grid("Triggers that differ from the simulator",
                ["What", "Case", "Kernel", ""], rows, first=36)


# ---- what user space can reach -----------------------------------------------

COUNTS = ("agree", "known", "differ", "skipped")


def sum_of(families):
    """All of them."""
    return {key: sum(counts[key] for counts in families.values()) for key in COUNTS}


def reach_found(columns):
    """What came of it, in a sentence."""
    sums = [sum_of(one["families"]) for _, one in columns]
    differ = sum(one["differ"] for one in sums)
    known = sum(one["known"] for one in sums)
    tried = sum(sum(one.values()) - one["skipped"] for one in sums)
    return f"{many(len(columns), 'kernel')}, {many(tried, 'comparison')}: " + \
        (f"**{differ:,} differ**" if differ else "none differs") + \
        (f", but for {known:,} that are *known*" if known else "") + ".\n\n"


def reach_counts(atlas):
    """How many configurations agree, a line a kernel."""
    columns = list(atlas.reach_columns())
    if not columns:
        return "Not measured.\n"
    rows = [[head, *(f"{count:,}" for count in sum_of(one["families"]).values())]
            for head, one in columns]
    return reach_found(columns) + \
        grid("Configurations that user space can reach", ["Kernel", *COUNTS], rows)


def reach_where(found, columns):
    """On which kernels a reason was given, and how often."""
    counts = {nr: sum(one["count"] for one in ones) for nr, ones in found.items()}
    if len(counts) == len(columns) > 1 and len(set(counts.values())) == 1:
        return f"{counts[0]:,} on each kernel"
    return "\n".join(f"{count:,} on {columns[nr][0]}"
                     for nr, count in sorted(counts.items()))


def reach_reasons(atlas):
    """What differs or was not tried, and why, on which kernel."""
    columns = list(atlas.reach_columns())
    found = {}
    for nr, (_, one) in enumerate(columns):
        for reason in one["reasons"]:
            of = found.setdefault((reason["result"], reason["why"]), {})
            of.setdefault(nr, []).append(reason)
    rows = []
    for (result, why), of in found.items():
        calls = sorted({one["call"] for ones in of.values() for one in ones})
        rows.append([escaped(why),
                     "**differ**" if result == "differ" else result,
                     ", ".join(calls), reach_where(of, columns)])
    if not rows:
        return "Everything was tried, and nothing differs.\n"
    return grid("What differs, or could not be tried",
                ["Why", "Result", "Calls", "Configurations"], rows, first=36)


SHOWS = {"merge since": "they merge, and did not before",
         "merge no more": "they do not merge, and did before",
         "differ in what the setup left": "other VMAs, or another anon_vma, "
                                          "already before the last call"}


def reach_rule_rows(table):
    """A line for each way in which a rule set shows."""
    for rules in table["rule_sets"]:
        since = rules["since"] + \
            (f", and {rules['stable']}" if rules["stable"] else "")
        ways = {}
        for one in table["changes"]:
            if one["since"] == rules["since"]:
                calls = ways.setdefault(one["how"], {})
                calls[one["call"]] = calls.get(one["call"], 0) + one["count"]
        if not ways:
            yield [since, escaped(rules["what"]), "user space does not see it",
                   NONE]
        for how, calls in ways.items():
            yield [since, escaped(rules["what"]), SHOWS[how],
                   ", ".join(f"{nr:,} {call}" for call, nr in calls.items())]


def reach_rules(atlas):
    """What each rule set changed in what user space sees."""
    table = atlas.table or atlas.data.get("reach", {}).get("table")
    if not table:
        return "Not measured.\n"
    return f"Of {table['configurations']:,} configurations:\n\n" + \
        grid("Where rule sets differ",
             ["Since", "Rule", "How it shows", "Configurations"],
             list(reach_rule_rows(table)), first=16)


# ---- the race ---------------------------------------------------------------

KINDS = ("read", "stops", "query")


def races_of(atlas, case):
    """All races of a case."""
    return [one for one in atlas.data["race"]["races"] if one["case"] == case]


def raced(atlas):
    """Cases that were raced, in the order of the catalogue."""
    return [case for case in atlas.cases if races_of(atlas, case)]


def gaps_cell(races):
    """Reads with a gap, of all."""
    if not races:
        return NONE
    if any(one["end"] not in ("done", "late") for one in races):
        return ", ".join(one["end"] for one in races)
    gaps = sum(seen["count"] for one in races for seen in one["seen"]
               if seen["gap"])
    reads = sum(one["reads"] for one in races)
    return f"{gaps:,} of {reads:,}" if gaps else f"none of {reads:,}"


def observations(races):
    """Distinct ones: (reader, ranges) -> one that was, or was to be, seen."""
    found = {}
    for race in races:
        for one in race["not_seen"]:
            found.setdefault((race["reader"], one["ranges"]),
                             one | {"count": 0, "predicted": True})
        for one in race["seen"]:
            key = race["reader"], one["ranges"]
            old = found.get(key, {})
            found[key] = old | one | {"count": one["count"] +
                                      old.get("count", 0)}
    return found


def race_row(atlas, case):
    """A line of the table."""
    races = races_of(atlas, case)
    found = observations(races).values()
    predicted = [one for one in found if one["predicted"]]
    strange = sum(one["count"] for one in found if not one["predicted"])
    columns = [[one for one in races if one["reader"] == "read" and
                one["writer"] == writer] for writer in ("thread", "process")]
    columns += [[one for one in races if one["reader"] == kind]
                for kind in KINDS[1:]]
    return [ref(case), *map(gaps_cell, columns),
            atlas.mark("race", case,
                       f"{sum(one['count'] > 0 for one in predicted)} of "
                       f"{len(predicted)}"),
            f"**{many(strange, 'read')}**" if strange else "none"]


def races(atlas):
    """The table, and what it comes to."""
    if "race" not in atlas.data:
        return "Not measured.\n"
    data = atlas.data["race"]
    reads = sum(one["reads"] for one in data["races"])
    seconds = sum(one["seconds"] for one in data["races"])
    lock = "without" if data["settings"]["lockless"] else "under"
    text = f"Linux {data['kernel']} reads {lock} the mmap lock " \
        f"({escaped(data['settings']['why'])}). " \
        f"{many(reads, 'read')} in {seconds:.0f} s.\n\n"
    text += grid("Reads with a gap, and distinct observations",
                 ["Case", "read, writer a thread", "read, writer a process",
                  "stops", "query", "Seen of predicted", "Not predicted"],
                 [race_row(atlas, case) for case in raced(atlas)], width=16)
    for case, why in data["not_raced"].items():
        text += f"\n{ref(case)} was not raced: {escaped(why)}.\n"
    return text


def pages_of(text):
    """The pages in "12-16 16-24"."""
    found = set()
    for one in text.split():
        start, end = map(int, one.split("-"))
        found.update(range(start, end))
    return found


def spans(pages):
    """{24, 25, 30} -> "24-26 30-31", half-open"""
    starts = sorted(page for page in pages if page - 1 not in pages)
    ends = sorted(page + 1 for page in pages if page + 1 not in pages)
    return ", ".join(f"{a}-{b}" for a, b in zip(starts, ends))


def named_lines(name, one):
    """Raw lines with a word before the first."""
    for nr, line in enumerate(one["lines"].split("\n")):
        if line.strip():
            yield f"{'' if nr else name:9}{line.rstrip()}"


def example(found, gaps):
    """Before, after, and the read that most often had a gap."""
    def view(name):
        return next((one for one in found.values()
                     if one["view"] == name and "lines" in one), None)

    lines = []
    for name, one in (("before", view("before")), ("after", view("after")),
                      ("read", max(gaps, key=lambda one: one["count"]))):
        if one:
            lines += [*named_lines(name, one), ""]
    return block(lines)


def gap_rows(found):
    """Each observation with a gap, most frequent first."""
    stable = [pages_of(one["ranges"]) for one in found.values()
              if one["view"] in ("before", "after")]
    always = set.intersection(*stable) if stable else set()
    gaps = [(key, one) for key, one in found.items() if one["gap"]]
    for (reader, text), one in sorted(gaps, key=lambda gap: -gap[1]["count"]):
        yield [f"``{text}``", spans(always - pages_of(text)) or NONE, reader,
               f"{one['count']:,}" if one["count"] else "not seen",
               "yes" if one["predicted"] else "**no**"]


def gaps(atlas):
    """A section a case that shows one or should."""
    text = ""
    for case in raced(atlas) if "race" in atlas.data else []:
        found = observations(races_of(atlas, case))
        rows = list(gap_rows(found))
        if not rows:
            continue
        text += f"{case}\n{'~' * len(case)}\n\n"
        if atlas.stale("race", case):
            text += "**Stale**: the case has changed since.\n\n"
        seen = [one for one in found.values()
                if one["gap"] and one["count"]]
        text += example(found, seen) if seen else "No gap was seen.\n"
        text += "\n" + grid("Observations with a gap, in pages",
                            ["Ranges", "Missing", "Reader", "Reads",
                             "Predicted"], rows) + "\n"
    return text or "No gap was predicted or seen.\n"


# ---- all of it --------------------------------------------------------------

def main():
    """Print it."""
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__.strip())
    table = json.loads(pathlib.Path(sys.argv[3]).read_text(encoding="utf-8")) \
        if len(sys.argv) == 4 else None
    atlas = Atlas(sys.argv[1], sys.argv[2], json.load(sys.stdin), table)
    print('.. SPDX-License-Identifier: GPL-2.0-only\n\n'
          '.. Made by docs/oracles.py from docs/data. Run "make measure".\n')
    for make in (judges, cases, sweeps, skipped, different, reach_counts,
                 reach_reasons, reach_rules, races, gaps):
        print(part(make.__name__.replace("_", "-"), make(atlas)))


if __name__ == "__main__":
    main()
