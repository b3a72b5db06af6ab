#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Validate catalogue files against the JSON Schema beside them.

usage: schema.py [--schema FILE] FILE...

Prints a line for each violation, with the path of the value that it is about,
and exits with 1 if there was one, with 2 if a file cannot be used.
"""

import argparse
import json
import os
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


def load(path, parse):
    """Parse a file, or exit."""
    try:
        with open(path, encoding="utf-8") as file:
            return parse(file)
    except (OSError, ValueError, yaml.YAMLError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        sys.exit(2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schema", help="default: schema.json beside a file")
    parser.add_argument("files", nargs="+", metavar="FILE")
    args = parser.parse_args()

    failed = False
    for path in args.files:
        beside = os.path.join(os.path.dirname(path), "schema.json")
        schema = load(args.schema or beside, json.load)
        jsonschema.Draft7Validator.check_schema(schema)
        for line in violations(schema, load(path, yaml.safe_load)):
            print(f"{path}: {line}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
