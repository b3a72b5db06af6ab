#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Validate catalogue files against the JSON Schema that vmatlas emits.

usage: schema.py SCHEMA [--refuses DIR] FILE...

Prints a line for each violation, with the path of the value that it is about,
and exits with 1 if there was one, with 2 if a file cannot be used. With --refuses,
files there whose fault is that of a single value must be refused.
"""

import argparse
import json
import pathlib
import sys

import jsonschema
import yaml


def path_of(error):
    """Path of the value that an error is about, as in cases[0].before."""
    text = ""
    for part in error.absolute_path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else str(part)
    return text or "the file"


def violations(schema, document):
    """Each violation of the schema in a document, as a line of text."""
    validator = jsonschema.Draft7Validator(schema)
    for error in sorted(validator.iter_errors(document), key=path_of):
        # Of several alternatives, tell what the nearest one lacks.
        best = jsonschema.exceptions.best_match([error])
        yield f"{path_of(best)}: {best.message}"


def load_yaml(file):
    """By libyaml, where it was built in: it is ten times as fast."""
    return yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def load(path, parse):
    """Parse a file, or exit."""
    try:
        with open(path, encoding="utf-8") as file:
            return parse(file)
    except (OSError, ValueError, yaml.YAMLError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        sys.exit(2)


# Faults of a single value, by the names of tests/bad, and two that are none to a schema:
# YAML 1.1 takes "yes" for a bool, and which calls a case has is another value.
SINGLE = ("wrong-type-", "unknown-", "missing-", "live-unknown-", "when-")
NOT_SINGLE = ("wrong-type-bool.yaml", "live-unknown-syscall.yaml")


def accepted(schema, directory):
    """Each file that should be refused, and is not."""
    for path in sorted(pathlib.Path(directory).glob("*.yaml")):
        if path.name.startswith(SINGLE) and path.name not in NOT_SINGLE:
            if not any(violations(schema, load(path, load_yaml))):
                yield path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("schema")
    parser.add_argument("--refuses", metavar="DIR")
    parser.add_argument("files", nargs="+", metavar="FILE")
    args = parser.parse_args()

    failed = False
    schema = load(args.schema, json.load)
    jsonschema.Draft7Validator.check_schema(schema)
    for path in args.files:
        for line in violations(schema, load(path, load_yaml)):
            print(f"{path}: {line}", file=sys.stderr)
            failed = True
    for path in accepted(schema, args.refuses) if args.refuses else ():
        print(f"{path}: accepted, expected it refused", file=sys.stderr)
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
