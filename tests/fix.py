#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write the repair of the reader of /proc/PID/maps as a series that can be sent.

The patches are those of docs/patches: the repair, and a test of it for the kernel's
selftests where KSRC, a directory or a tarball, has the test that it adds to. They get
an author, a cover letter, and the recipients that the tree's get_maintainer.pl says.
With --check the series is applied again with git am, the tree's checkpatch.pl reads
it, and git send-email sends it to a program that only keeps it.

Exit status: 0 if all is well, 1 if a check fails, 2 if KSRC or the call cannot be used.
"""

import argparse
import collections
import email
import email.policy
import pathlib
import re
import sys
import tempfile
import types

import ksrc

patch = ksrc.sibling("patch")

PATCHES = pathlib.Path(__file__).resolve().parent.parent / "docs/patches"
COVER = PATCHES / "cover.txt"
SERIES = ("fresh-fallback.patch", "gap-test.patch")
COVER_LINES = 60  # at most

FILES = ("Makefile", "mm/mmap_lock.c", "tools/testing/selftests/proc/proc-maps-race.c")
SCRIPTS = ("scripts/checkpatch.pl", "scripts/get_maintainer.pl", "scripts/spelling.txt",
           "scripts/const_structs.checkpatch")
# What get_maintainer.pl wants to see of a tree.
EMPTY = ("Documentation", "arch", "include", "drivers", "fs", "init", "ipc", "kernel",
         "lib", "scripts")

# What checkpatch.pl may say, and why it stays.
REASONS = {"UNKNOWN_COMMIT_ID": "the commit of Fixes: is not in a tree without a history",
           "SPACING": "FIXTURE_DATA(x) *self is how that test writes it",
           "MISSING_SIGN_OFF": patch.UNSIGNED}

Message = collections.namedtuple("Message", "subject body diff")


def message_of(path):
    """Subject, text without sign-off, and what is applied."""
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    subject = re.sub(r"^\[PATCH[^]]*\] ", "", re.sub(r"\s*\n\s*", " ", mail["Subject"]))
    text = mail.get_payload()
    body = re.sub(r"^Signed-off-by: .*\n", "", text.partition("\n---\n")[0] + "\n",
                  flags=re.M)
    return Message(subject, body, text[text.index("\ndiff --git ") + 1:])


def copy_files(tree, names, root):
    """Those that there are."""
    for name in names:
        if (tree / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes((tree / name).read_bytes())
            (root / name).chmod(0o755 if name.endswith(".pl") else 0o644)


def apply(repository, message):
    """To the files; returns why it cannot be."""
    diff = repository.root / ".git" / "diff"
    patch.write(diff, message.diff)
    try:
        repository("apply", "--index", diff)
    except patch.Wrong as e:
        return str(e).splitlines()[0]
    return None


def text_of(job, message):
    """What is committed."""
    name, mail = job.person
    signed = f"Signed-off-by: {name} <{mail}>\n" if job.signoff else ""
    return f"{message.subject}\n\n{message.body.rstrip()}\n{signed}"


def commit_all(job, root):
    """A commit a patch, as far as the tree has what they change."""
    copy_files(job.tree, FILES, root)
    repository = patch.Repository(root, job.person)
    texts = []
    for nr, path in enumerate(map(PATCHES.joinpath, SERIES)):
        message = message_of(path)
        why = apply(repository, message)
        if why and not nr:
            raise ksrc.Unusable(f"{job.ksrc}: {path.name} does not apply: {why}")
        if why:
            patch.tell(f"left out, since it does not apply: {message.subject}: {why}")
            break
        texts.append(text_of(job, message))
        repository.commit(texts[-1])
    return repository, texts


# ---- recipients --------------------------------------------------------------

def small_tree(tree, root):
    """As much of it as its own scripts take for a kernel tree."""
    copy_files(tree, (*FILES, *SCRIPTS, *patch.TOP), root)
    for name in EMPTY:
        (root / name).mkdir(exist_ok=True)
    return root


def recipients(root, names):
    """Of the files that are changed: maintainers, and all others."""
    to, others = {}, {}
    for name in names:
        status, said = patch.run(["perl", root / "scripts/get_maintainer.pl", "--no-git",
                                  "--no-git-fallback", "-f", name], cwd=root)
        if status:
            raise patch.Wrong(f"get_maintainer.pl: {said.strip()}")
        for line in said.splitlines():
            who, _, role = line.rpartition(" (")
            (to if role.startswith("maintainer") else others)[who.strip()] = None
    return list(to), [who for who in others if who not in to]


# ---- the series --------------------------------------------------------------

def write_series(job, repository, to, people, texts):
    """The cover letter first."""
    subject, _, body = patch.read(COVER).partition("\n\n")
    if len(texts) < len(SERIES):
        body = re.sub(r"^Patch 2 .*?\n\n", "", body, flags=re.M | re.S)
    repository("config", "branch.series.description",
               f"{subject}\n\n{body.format(version=job.version)}")
    words = [f"--to={who}" for who in people[0]] + [f"--cc={who}" for who in people[1]]
    repository("format-patch", "-q", "--zero-commit", "--no-signature", "--abbrev=12",
               "--cover-letter", "--cover-from-description=subject", *words, "-o", to,
               f"HEAD~{len(texts)}")
    paths = sorted(to.glob("*.patch"))
    for path in paths:
        patch.without_date(path)
    return paths


def check_cover(path):
    """It is to be read on one screen or two."""
    text = patch.read(path).partition("\n\n")[2]
    lines = text.count("\n")
    if lines >= COVER_LINES:
        raise patch.Wrong(f"{path.name}: {lines} lines, expected fewer than {COVER_LINES}")
    if "***" in text:
        raise patch.Wrong(f"{path.name}: it still has what git would have filled in")
    return lines


def check_applied(job, paths, texts, root):
    """git am makes of it what was committed."""
    copy_files(job.tree, FILES, root)
    repository = patch.Repository(root, job.person)
    repository("am", "-q", *paths)
    for nr, text in enumerate(reversed(texts)):
        said = repository("log", "-1", "--format=%B", f"HEAD~{nr}").rstrip("\n") + "\n"
        if said != text:
            raise patch.Wrong(f"git am makes another text of it:\n{said}")


def check_style(job, tree, paths):
    """Nothing but what is known."""
    tree = types.SimpleNamespace(tree=tree)
    for path in paths:
        found = {kind: line for _, kind, line in patch.complaints(tree, path)}
        for kind, line in found.items():
            known = REASONS.get(kind)
            if not known or kind == "MISSING_SIGN_OFF" and job.signoff:
                raise patch.Wrong(f"checkpatch.pl: {line}")
            patch.tell(f"checkpatch.pl: {path.name}: {kind}: {known}")


SENDMAIL = """#!/bin/sh
# Keeps what it is given.
nr=$(ls {place} | wc -l)
{{ printf '%s\\n' "$@"; echo; cat; }} >{place}/$nr
"""


def addresses(people):
    """Jane Doe <jane@example.org> -> jane@example.org"""
    return {who.rpartition("<")[2].rstrip(">") for group in people for who in group}


def check_sending(repository, paths, people, scratch):
    """By git send-email, to a program that keeps what it is given."""
    place, program = scratch / "sent", scratch / "sendmail"
    place.mkdir()
    program.write_text(SENDMAIL.format(place=place))
    program.chmod(0o755)
    words = ["send-email", "--quiet", "--confirm=never", "--suppress-cc=self", "--no-validate",
             f"--sendmail-cmd={program}"]
    said = repository(*words, "--dry-run", *paths)
    if list(place.iterdir()):
        raise patch.Wrong("a dry run of git send-email has sent something")
    repository(*words, *paths)
    sent = [path.read_text() for path in sorted(place.iterdir())]
    if len(sent) != len(paths):
        raise patch.Wrong(f"git send-email sends {len(sent)} of {len(paths)}: {said}")
    for path, mail in zip(paths, sent, strict=True):
        if patch.read(path).partition("\n\n")[2].strip() not in mail:
            raise patch.Wrong(f"{path.name}: what is sent has another text")
        missing = addresses(people) - set(mail.partition("\n\n")[0].splitlines())
        if missing:
            raise patch.Wrong(f"{path.name}: it is not sent to {', '.join(missing)}")


def check_all(job, repository, paths, texts, people, scratch):
    """Whatever can be said without a compiler."""
    patch.tell(f"the cover letter has {check_cover(paths[0])} lines")
    check_applied(job, paths[1:], texts, scratch / "applied")
    patch.tell("git am applies it, and the texts are what was meant")
    check_style(job, scratch / "tree", paths[1:])
    check_sending(repository, paths, people, scratch)
    patch.tell("git send-email sends it as it is, to a program that keeps it")


# ---- all of it ---------------------------------------------------------------

def work(job, scratch):
    """Made aside; it takes its place when it is whole."""
    job.tree = ksrc.directory_of(job.ksrc, (*FILES, *SCRIPTS, *patch.TOP), job.scratch)
    job.version = ".".join(map(str, ksrc.version_of(job.tree, job.ksrc)))
    for name in ("git", "tree", "applied"):
        (scratch / name).mkdir()
    repository, texts = commit_all(job, scratch / "git")
    people = recipients(small_tree(job.tree, scratch / "tree"),
                        repository("diff", "--name-only", f"HEAD~{len(texts)}").split())
    paths = write_series(job, repository, scratch / "series", people, texts)
    if job.check:
        check_all(job, repository, paths, texts, people, scratch)
    patch.take_place(scratch / "series", job.output)
    patch.tell(f"{job.output}, of {len(people[0])} maintainers and {len(people[1])} others, "
               "in bytes:")
    for path in paths:
        print(f"{path.stat().st_size:8}  {path.name}")


def arguments():
    """The command line, as that of tests/patch.py."""
    path = pathlib.Path
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--scratch", type=path, required=True, metavar="DIR",
                        help="where tarballs are unpacked")
    parser.add_argument("--ksrc", required=True, help="kernel tree, or tarball of one")
    parser.add_argument("-o", "--output", metavar="DIR", type=path, required=True,
                        help="where the series is put")
    parser.add_argument("--from", dest="person", metavar="'NAME <MAIL>'",
                        help="whom it is from (default: whom git config says)")
    parser.add_argument("--signoff", action="store_true",
                        help="add a Signed-off-by of the same person")
    parser.add_argument("--check", action="store_true", help="apply, read and send it first")
    job = parser.parse_args()
    if not job.ksrc:
        parser.error("no kernel tree, expected KSRC=tree or a tarball")
    job.scratch, job.output = job.scratch.absolute(), job.output.absolute()
    return job


def main():
    """Returns the exit status."""
    job = arguments()
    try:
        job.person = patch.identity(job.person)
        if not patch.is_ours(job.output):
            raise ksrc.Unusable(f"{job.output}: it has other things than patches")
        job.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="tmp.", dir=job.scratch) as scratch:
            work(job, pathlib.Path(scratch).resolve())
    except patch.Wrong as e:
        print(f"fix: {e}", file=sys.stderr)
        return 1
    except (ksrc.Unusable, OSError, ValueError) as e:
        print(f"fix: {e}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
