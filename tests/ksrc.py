# SPDX-License-Identifier: GPL-2.0-only
"""A kernel tree that somebody hands us, as a directory or a tarball: only ever
read, and nothing in it is trusted."""

import fnmatch
import hashlib
import importlib.util
import lzma
import os
import pathlib
import re
import shutil
import tarfile
import tempfile

MOST_BYTES = 1 << 30  # of what is wanted of a tarball


class Unusable(Exception):
    """The tree, or the way in which it was asked for."""


def sibling(name):
    """One of the scripts beside this one, as a module: their names have a '-'."""
    path = pathlib.Path(__file__).with_name(name + ".py")
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- a tarball becomes a directory -------------------------------------------


def is_wanted(name, wanted):
    """Whether it is one of these files, or below one of these directories."""
    path = name.partition("/")[2]
    return any(path == w or path.startswith(w + "/") or fnmatch.fnmatch(path, w)
               for w in wanted)


def stays_inside(member):
    """Whether a member, and what it links to, is below the first directory."""
    top = member.name.partition("/")[0]
    target = os.path.join(os.path.dirname(member.name), member.linkname) \
        if member.issym() else member.name
    return (os.path.normpath(member.name) == member.name and
            os.path.normpath(target).startswith(top + "/") and
            top not in ("", ".", ".."))


def wanted_members(tar, ksrc, wanted):
    """Those that are wanted, as long as they stay where they are put."""
    room = MOST_BYTES
    for member in tar:
        if not is_wanted(member.name, wanted):
            continue
        if not (member.isdir() or member.isfile() or member.issym()):
            continue
        room -= member.size
        if not stays_inside(member) or room < 0:
            raise Unusable(f"{ksrc}: no tarball of a kernel: it has "
                           f"'{member.name}', of {member.size} bytes")
        yield member


def fingerprint(ksrc, wanted):
    digest = hashlib.sha256("\0".join(wanted).encode())
    with open(ksrc, "rb") as f:
        for part in iter(lambda: f.read(1 << 20), b""):
            digest.update(part)
    return digest.hexdigest()[:16]


def extract(ksrc, aside, wanted):
    """Returns the directory that the tarball consists of."""
    try:
        with tarfile.open(ksrc) as tar:
            tar.extractall(aside, members=wanted_members(tar, ksrc, wanted))
    except (tarfile.TarError, EOFError, lzma.LZMAError, OSError) as e:
        why = (str(e).splitlines() or ["it cannot be read"])[0].rstrip(":")
        raise Unusable(f"{ksrc}: not a tarball, or cut short: {why}") from e
    tops = list(aside.iterdir())
    if len(tops) != 1:
        raise Unusable(f"{ksrc}: not a tarball of a kernel tree: it has none of "
                       "the files that are needed")
    return tops[0]


def unpack(ksrc, wanted, scratch):
    """Aside, then renamed, so it is whole or absent; and kept for the next time."""
    place = scratch / f"tree-{fingerprint(ksrc, wanted)}"
    if place.is_dir():
        return place
    aside = pathlib.Path(tempfile.mkdtemp(prefix="tmp.", dir=scratch))
    try:
        extract(ksrc, aside, wanted).rename(place)
    except OSError:
        if not place.is_dir():  # somebody else may have been faster
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return place


def directory_of(ksrc, wanted, scratch):
    """KSRC itself, or what is wanted of it if it is a tarball."""
    ksrc = pathlib.Path(ksrc)
    if ksrc.is_dir():
        return ksrc.resolve()
    if not ksrc.is_file():
        what = "neither a directory nor a file" if ksrc.exists() else \
            "there is no such file or directory"
        raise Unusable(f"{ksrc}: {what}, expected a kernel tree or tarball")
    return unpack(ksrc, wanted, scratch).resolve()


# ---- is it a tree that we know? ----------------------------------------------


def version_of(tree, ksrc):
    """The numbers that the tree's Makefile begins with: (6, 12, 117)."""
    try:
        with open(tree / "Makefile", encoding="utf-8", errors="replace") as f:
            text = f.read(4000)
    except OSError:
        text = ""
    numbers = [re.search(rf"^{key} *= *(\d{{1,4}})$", text, re.M)
               for key in ("VERSION", "PATCHLEVEL", "SUBLEVEL")]
    if None in numbers:
        raise Unusable(f"{ksrc}: not a kernel tree: it has no Makefile that says "
                       "VERSION =, PATCHLEVEL = and SUBLEVEL =")
    return tuple(int(m.group(1)) for m in numbers)


def check_has(tree, ksrc, needed, known):
    """Each of these; "|" is between two of which one is enough."""
    for paths in needed:
        if not any((tree / path).exists() for path in paths.split("|")):
            raise Unusable(f"{ksrc}: half unpacked, or of an unknown kind: "
                           f"{paths.replace('|', ' or ')} is missing; {known}")
