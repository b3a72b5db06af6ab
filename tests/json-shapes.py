#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What each command prints as JSON, against docs/schema.

json-shapes.py VMATLAS WITNESS: runs each command in each of its forms. What it prints
must be an object that the schema of its name allows, and the schema must have nothing
that no form has, but for what is there if something is wrong ("$comment"). That the
schema can tell is seen, too: in small ones each object gets a member more, in turn, and
must be refused. "?": with FULL=1 only, for it takes a minute. Messages are checked like
this as well.
"""

import copy
import json
import os
import pathlib
import subprocess
import sys

import jsonschema

SCHEMA = pathlib.Path("docs/schema")
SMAPS = "docs/explain-sample.smaps"
TRACE = "docs/data/replay-example"
FIELD = "tests/field/replay-failed-partial"
KEY = "existing:prev=adjacent,prev_differs=uffd,middle_close=yes"
CASE = "new-merge-left"
RACE = "race --seconds 0.5 " + CASE

FORMS = {
    "list": ["list", "list --syscall brk"],
    "cases": ["show split-*", "show new-merge-left", "check catalog/existing.yaml",
              "show --rules 6.12 replace-inner-merge-both existing-merge-both"],
    "explore": ["explore " + CASE, "explore --trace existing-merge-left-partial split-new-above",
                "explore --trace --ops 2 --left none --right hole " + CASE,
                "explore --readers 2 --left none --right none --trace split-new-below"],
    "space": ["space --summary", "space --case " + CASE, "space --only " + KEY],
    "source": ["source --witness {witness} --cases",
               "source --witness {witness} --cases --rules 6.12",
               "?source --witness {witness}"],
    "live": ["live " + CASE, "live", "?live --reach", "?live --reach --rules-table",
             "live --random --calls 2000 --seed 1"],
    "race": [RACE, RACE + " --cpus same", "race --seconds 0.5 existing-merge-left-partial"],
    "explain": ["explain " + SMAPS, "explain --summary " + SMAPS, "explain --pid self",
                "explain {trace}/begin {trace}/end", "explain {trace}/end", "explain --all"],
    "what-if": ["what-if --empty mmap 100000 16K rw- mprotect 101000 4K r--",
                "what-if " + SMAPS + " munmap 7fdef3869000 4K",
                "what-if --empty mmap 100000 16K rw- munmap 0 0 mremap 100000 16K 32K",
                "what-if --empty mmap 100000 16K rw- fork brk 200000"],
    "replay": ["replay {trace}/trace", "replay --verify {trace}/end --from "
               "18644.2={trace}/begin {trace}/trace", "replay docs/data/too-many/trace",
               "replay --from {begin} {field}/input",
               "replay tests/field/traces/calls", "replay --pid 18644 {trace}/trace"],
    "messages": ["!list --fromat", "!check nowhere.yaml", "!list --rules 9.9"],
}


def run(program, form, names):
    """What a form prints; of "!" what it says on standard error."""
    words = [w.format(**names) for w in form.lstrip("!").split()]
    words = [str(names["pid"]) if w == "self" else w for w in words]
    ran = subprocess.run([program, *words, "--format", "json"], capture_output=True)
    text = ran.stderr if form.startswith("!") else ran.stdout
    try:
        return json.loads(text)
    except ValueError as why:
        sys.exit(f"vmatlas {form} --format json: {why}\n{ran.stderr.decode()}")


def objects(value):
    """All objects in a value, each once a set of members."""
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from objects(member)
    elif isinstance(value, list):
        for member in value:
            yield from objects(member)


class Coverage:
    """A validator that notes which properties of the schema are there."""

    def __init__(self, schema):
        self.schema = schema
        self.seen = set()
        self.validator = jsonschema.validators.extend(
            jsonschema.Draft202012Validator, {"properties": self.properties})(schema)

    def properties(self, validator, properties, instance, schema):
        if isinstance(instance, dict):
            self.seen.update((id(properties), name) for name in properties
                             if name in instance)
        check = jsonschema.Draft202012Validator.VALIDATORS["properties"]
        yield from check(validator, properties, instance, schema)

    def missing(self, part=None, path=""):
        part = self.schema if part is None else part
        if isinstance(part, list):
            for i, one in enumerate(part):
                yield from self.missing(one, f"{path}/{i}")
        elif isinstance(part, dict) and "$comment" not in part or not path:
            for name in part.get("properties", {}):
                if (id(part["properties"]), name) not in self.seen:
                    yield f"{path}/properties/{name}"
            for name, one in part.items():
                yield from self.missing(one, f"{path}/{name}")


def refuses(validator, value):
    """Whether each member that is added or taken away is noticed. A kind of object once."""
    kinds = set()
    value = copy.deepcopy(value)
    for one in objects(value):
        kind = tuple(sorted(one))
        if kind in kinds or not one or len(kinds) > 40:
            continue
        kinds.add(kind)
        one["no-such-member"] = validator
        if validator.is_valid(value):
            return f"a member more is allowed beside {', '.join(kind)}"
        del one["no-such-member"]
    return None


def main():
    args = sys.argv[1:]
    if args[0] == "--no-random":
        # mlockall() would lock all of the address sanitizer's memory, many GiB.
        print("json-shapes: skipped: live --random, under the address sanitizer")
        FORMS["live"] = [form for form in FORMS["live"] if "--random" not in form]
        args = args[1:]
    program, witness = args
    sleeper = subprocess.Popen(["sleep", "600"])
    begin = subprocess.run([sys.executable, FIELD + "/gen.py"], capture_output=True).stdout
    field = pathlib.Path(witness).parent / "json-begin"
    field.write_bytes(begin)
    names = {"witness": witness, "trace": TRACE, "field": FIELD, "begin": field,
             "pid": sleeper.pid}
    wrong = 0
    try:
        for name, forms in FORMS.items():
            schema = json.loads((SCHEMA / (name + ".json")).read_text())
            jsonschema.Draft202012Validator.check_schema(schema)
            cover = Coverage(schema)
            full = "FULL" in os.environ
            for form in forms:
                if form.startswith("?") and not full:
                    continue
                value = run(program, form.lstrip("?"), names)
                errors = [e.message[:300] + " at /" + "/".join(map(str, e.absolute_path))
                          for e in cover.validator.iter_errors(value)]
                if "rules" in value and "rules_exact" not in value:
                    errors.append("rules without rules_exact")
                if not errors and len(json.dumps(value)) < 100000:
                    why = refuses(jsonschema.Draft202012Validator(schema), value)
                    errors += [why] if why else []
                for error in errors[:5]:
                    print(f"{name}: vmatlas {form} --format json: {error}")
                wrong += bool(errors)
            sample = any(f.startswith("?") for f in forms) and not full
            for place in [] if sample else cover.missing():
                print(f"docs/schema/{name}.json: {place} is in no output")
                wrong += 1
    finally:
        sleeper.kill()
    print(f"json-shapes: {sum(map(len, FORMS.values()))} calls, {wrong} wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
