#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write one of the three series that can be sent, for a kernel tree.

fix    the repair of the reader of /proc/PID/maps, and a test of it
tests  tests for the tree's tools/testing/vma
docs   a page for the tree's Documentation/mm

What is written of them is kept in docs/patches, as patches, or as files and messages of
which some lines are for some versions only: template(). Here they get an author, a cover
letter, and the recipients that the tree's get_maintainer.pl says. KSRC, a directory or a
tarball, is only read. With --check the series is applied again with git am, each patch is
built and run where that takes no kernel, the tree's checkpatch.pl reads it, and git
send-email sends it to a program that only keeps it.

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
vma = patch.vma

PATCHES = pathlib.Path(__file__).resolve().parent.parent / "docs/patches"
COVER_LINES = 60  # fewer than that
PAGE = "Documentation/mm/vma_merge_split.rst"

SCRIPTS = ("scripts/checkpatch.pl", "scripts/get_maintainer.pl", "scripts/spelling.txt",
           "scripts/const_structs.checkpatch")
# What get_maintainer.pl wants to see of a tree.
EMPTY = ("Documentation", "arch", "include", "drivers", "fs", "init", "ipc", "kernel",
         "lib", "scripts")

# What checkpatch.pl may say, and why it stays.
REASONS = {"UNKNOWN_COMMIT_ID": "the commit of Fixes: is not in a tree without a history",
           "SPACING": "FIXTURE_DATA(x) *self is how that test writes it",
           "FILE_PATH_CHANGES": "MAINTAINERS has the directory of the new file",
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


def text_of(job, message):
    """What is committed."""
    name, mail = job.person
    signed = f"Signed-off-by: {name} <{mail}>\n" if job.signoff else ""
    body = message.body.rstrip()
    # Without a trailer before it, it is one only after an empty line.
    apart = "" if re.match(r"[A-Z][\w-]+: \S", body.split("\n")[-1]) else "\n"
    return f"{message.subject}\n\n{body}\n{apart if signed else ''}{signed}"


# ---- what is written for more than one version --------------------------------

# Words of the tests that are not the same in every harness: from which version on.
WORDS = {
    "shrink": {"6.0": "0, 0x1000, 0", "7.3": "0x1000"},
    "pgoff": {"6.0": "vma->vm_pgoff", "7.3": "vma_start_pgoff(vma)"},
}


def numbers(version):
    """7.3 -> [7, 3]"""
    return [int(n) for n in version.split(".")]


def holds(condition, version, part):
    """Of "7.3", "<7.1" or "part 2"."""
    if condition.startswith("part "):
        return part >= int(condition[5:])
    if condition.startswith("<"):
        return numbers(version) < numbers(condition[1:])
    return numbers(version) >= numbers(condition)


def template(text, version, part=1):
    """Lines between @if and @end are for some versions, or come with a later patch."""
    out, keep = [], [True]
    for line in text.splitlines(keepends=True):
        if line.startswith("@if "):
            keep.append(holds(line[4:].strip(), version, part))
        elif line.strip() == "@else":
            keep[-1] = not keep[-1]
        elif line.strip() == "@end":
            keep.pop()
        elif all(keep):
            out.append(line)
    text = "".join(out)
    for word, known in WORDS.items():
        fitting = [v for v in known if numbers(v) <= numbers(version)]
        text = text.replace(f"@{word}@", known[max(fitting, key=numbers)])
    return text


# ---- the three series ---------------------------------------------------------

def put_patch(name):
    """A change that is kept as one."""
    def put(job, root):
        diff = root.parent / "diff"
        patch.write(diff, message_of(PATCHES / name).diff)
        status, said = patch.run(["git", "apply", diff], cwd=root)
        if status:
            raise ksrc.Unusable(f"{job.ksrc}: {name} does not apply: {said.splitlines()[0]}")
    return put


def insert_after(path, line, new):
    """A tree that does not have the line is of an unknown kind."""
    text = patch.read(path)
    if f"\n{line}\n" not in text:
        raise ksrc.Unusable(f"{path}: of an unknown kind, it has no '{line.strip()}'")
    patch.write(path, text.replace(f"\n{line}\n", f"\n{line}\n{new}", 1))


def insert_before(path, line, new):
    """The same, above a title."""
    text = patch.read(path)
    if f"\n{line}\n" not in text:
        raise ksrc.Unusable(f"{path}: of an unknown kind, it has no '{line}'")
    patch.write(path, text.replace(f"\n{line}\n", f"\n{new}\n{line}\n", 1))


LINK = """How VMAs are merged and split, and which locks are held meanwhile, is described
in Documentation/mm/vma_merge_split.rst.
"""


def put_page(job, root):
    """The page, its place in the index, and where readers are sent to it."""
    page = root / PAGE
    page.parent.mkdir(parents=True, exist_ok=True)
    patch.write(page, template(patch.read(PATCHES / "docs/vma_merge_split.rst"), job.kernel))
    insert_after(page.with_name("index.rst"), "   process_addrs", "   vma_merge_split\n")
    insert_before(page.with_name("process_addrs.rst"), "VMA fields", LINK)


def put_tests(part):
    """The tests, and the lines that call them."""
    def put(job, root):
        where = root / vma.VMA
        many = (where / "tests").is_dir()
        tests = "tests/cases.c" if many else "cases.c"
        for name, place in (("watch.h", "watch.h"), ("cases.c", tests)):
            text = patch.read(PATCHES / "tests" / name)
            patch.write(where / place, template(text, job.kernel, part))
        if part == 1:
            vma.call(where, "watch.h", tests, "run_case_tests")
    return put


def put_written(kernel, root):
    """All of them, into a tree in which they are built."""
    for part in (1, 2):
        put_tests(part)(types.SimpleNamespace(kernel=kernel), root)


Part = collections.namedtuple("Part", "message put")
Series = collections.namedtuple("Series", "files parts optional check")


def check_nothing(_job, _root, _scratch, _part):
    """make check-repair builds kernels of it and races them."""
    return None


def check_page(job, root, _scratch, _part):
    """It agrees with the simulator, by the rules of that version."""
    status, said = patch.run([job.vmatlas, "check", "--against", root / PAGE, "--rules",
                              job.kernel, "--catalog", job.catalog])
    if status:
        raise patch.Wrong(said.strip())
    return said.strip().replace(f"{root}/", "").splitlines()[-1]


def check_tests(job, root, scratch, part):
    """The tree's Makefile builds them without a warning, and all pass."""
    copy = scratch / f"vma-{part}"
    vma.link_tree(job.tree, copy)
    patch.overlay(root, copy, vma.VMA)
    try:
        log = vma.build(copy, None)
    except vma.Failed as e:
        raise patch.Wrong(f"{vma.VMA} does not build:\n{e}") from e
    wrong = [line for line in log.splitlines() if re.match(r".*(cases\.c|watch\.h|catalog\.[ch]):\d", line)]
    outcome = vma.run_tests(copy, leaks=True)
    wrong += [f"test {name} fails" for name in outcome.failed]
    wrong += [outcome.died] if outcome.died else []
    if wrong:
        raise patch.Wrong(f"{vma.VMA}: {'; '.join(wrong)}")
    return f"{outcome.total} tests pass"


ALL = {
    "fix": Series(
        ("Makefile", "mm/mmap_lock.c", "tools/testing/selftests/proc/proc-maps-race.c"),
        [Part(name, put_patch(name))
         for name in ("fresh-fallback.patch", "smaps-skip.patch", "gap-test.patch")],
        optional=1, check=check_nothing),
    "tests": Series(
        (f"{vma.VMA}/Makefile", f"{vma.VMA}/main.c", f"{vma.VMA}/vma.c",
         f"{vma.VMA}/tests/merge.c"),
        [Part("tests/cases.txt", put_tests(1)), Part("tests/rules.txt", put_tests(2))],
        optional=2, check=check_tests),
    "docs": Series(
        ("Makefile", "Documentation/mm/index.rst", "Documentation/mm/process_addrs.rst"),
        [Part("docs/page.txt", put_page)],
        optional=1, check=check_page),
}


LIST = """There are three series, each small and whole; choose the one you mean to send:

  make patch SERIES=fix KSRC=...    memory left out of /proc/PID/maps: the repair, for
                                    stable, and a selftest that fails without it
  make patch SERIES=tests KSRC=...  tools/testing/vma: a test for each merge and split,
                                    and for each rule that stands against a merge
  make patch SERIES=docs KSRC=...   Documentation/mm: a page on merges and splits

None needs another. If unsure, take fix: it is what users of the kernel lack. KSRC is a
tree from 6.18 on, or a tarball of one. FULL=1 with SERIES=tests is the generated form of
all cases, and SERIES=large all that can be generated: pages, tests and a selftest.
"""


def put_full(job, root):
    """The tests of all cases, as they are generated."""
    vma.place(job.vmatlas, job.catalog, job.version, root / vma.VMA)


def series_of(job):
    """That which was asked for."""
    series = ALL[job.name]
    if not job.full:
        return series
    return series._replace(parts=[Part("tests/full.txt", put_full)], optional=1)


def message_of_part(job, part):
    """That of a patch, or a text: the subject, an empty line, and the rest."""
    path = PATCHES / part.message
    if path.suffix == ".patch":
        return message_of(path)
    subject, _, body = template(patch.read(path), job.kernel).partition("\n\n")
    return Message(subject, body, None)


def commit_all(job, root):
    """A commit a part, as far as the tree has what they change."""
    copy_files(job.tree, job.series.files, root)
    repository = patch.Repository(root, job.person)
    texts = []
    for nr, part in enumerate(job.series.parts):
        message = message_of_part(job, part)
        try:
            part.put(job, root)
        except ksrc.Unusable as e:
            if nr < job.series.optional:
                raise
            patch.say(f"left out, since it does not apply: {message.subject}: {e}")
            break
        texts.append(text_of(job, message))
        repository.commit(texts[-1])
    return repository, texts


# ---- recipients --------------------------------------------------------------

def small_tree(tree, root):
    """As much of it as its own scripts take for a kernel tree."""
    copy_files(tree, ("Makefile", *SCRIPTS, *patch.TOP), root)
    for name in EMPTY:
        (root / name).mkdir(exist_ok=True)
    return root


def recipients(root, names):
    """Of the files that are changed or new: maintainers, and all others."""
    to, others = {}, {}
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
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
    name = "full-cover.txt" if job.full else "cover.txt"
    cover = template(patch.read(PATCHES / job.name / name), job.kernel)
    subject, _, body = cover.partition("\n\n")
    if len(texts) < len(job.series.parts):
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
    if " HERE ***" in text:
        raise patch.Wrong(f"{path.name}: it still has what git would have filled in")
    return lines


def check_applied(job, paths, texts, root, scratch):
    """git am makes of it what was committed, and each commit is sound by itself."""
    copy_files(job.tree, job.series.files, root)
    repository = patch.Repository(root, job.person)
    for nr, path in enumerate(paths, 1):
        repository("am", "-q", "--whitespace=error-all", path)
        said = job.series.check(job, root, scratch, nr)
        if said:
            patch.say(f"{nr}/{len(paths)}: {said}")
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
            patch.say(f"checkpatch.pl: {path.name}: {kind}: {known}")


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
    patch.say(f"the cover letter has {check_cover(paths[0])} lines")
    check_applied(job, paths[1:], texts, scratch / "applied", scratch)
    patch.say("git am applies it, and the texts are what was meant")
    check_style(job, scratch / "tree", paths[1:])
    check_sending(repository, paths, people, scratch)
    patch.say("git send-email sends it as it is, to a program that keeps it")


# ---- all of it ---------------------------------------------------------------

def check_tree(job):
    """Has it what is changed, and not yet what is added?"""
    needed = {"fix": ["mm/mmap_lock.c"], "docs": [PAGE.replace("vma_merge_split", "index")],
              "tests": [f"{vma.VMA}/Makefile", f"{vma.VMA}/main.c|{vma.VMA}/vma.c"]}
    ksrc.check_has(job.tree, job.ksrc, needed[job.name], "expected a tree from 6.18 on")
    for name in (PAGE, f"{vma.VMA}/watch.h"):
        if (job.tree / name).exists():
            raise ksrc.Unusable(f"{job.ksrc}: it has {name} already")


def work(job, scratch):
    """Made aside; it takes its place when it is whole."""
    wanted = (*patch.vma.WANTED, *(name for series in ALL.values() for name in series.files),
              *SCRIPTS, *patch.TOP)
    job.tree = ksrc.directory_of(job.ksrc, wanted, job.scratch)
    version = ksrc.version_of(job.tree, job.ksrc)
    job.version = ".".join(map(str, version))
    job.kernel = "{}.{}".format(*version)
    check_tree(job)
    for name in ("git", "tree", "applied"):
        (scratch / name).mkdir()
    repository, texts = commit_all(job, scratch / "git")
    people = recipients(small_tree(job.tree, scratch / "tree"),
                        repository("diff", "--name-only", f"HEAD~{len(texts)}").split())
    paths = write_series(job, repository, scratch / "series", people, texts)
    if job.check:
        check_all(job, repository, paths, texts, people, scratch)
    patch.take_place(scratch / "series", job.output)
    patch.say(f"{job.output}, of {len(people[0])} maintainers and {len(people[1])} others, "
               "in bytes:")
    for path in paths:
        print(f"{path.stat().st_size:8}  {path.name}")


def arguments():
    """The command line, as that of tests/patch.py."""
    path = pathlib.Path
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--scratch", type=path, required=True, metavar="DIR",
                        help="where tarballs are unpacked")
    parser.add_argument("name", choices=ALL, metavar="SERIES", help="fix, tests or docs")
    parser.add_argument("--full", action="store_true",
                        help="tests: the generated form, of all cases")
    parser.add_argument("--vmatlas", type=path, metavar="FILE", help="docs: the program")
    parser.add_argument("--catalog", type=path, default="catalog", metavar="DIR",
                        help="docs: the catalogue")
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
    if job.full and job.name != "tests":
        parser.error(f"FULL is not for SERIES={job.name}, expected SERIES=tests")
    job.series = series_of(job)
    if (job.name == "docs" or job.full) and not job.vmatlas:
        parser.error("no --vmatlas, expected it for the page")
    for name in ("scratch", "output", "vmatlas", "catalog"):
        if getattr(job, name):
            setattr(job, name, getattr(job, name).absolute())
    return job


def main():
    """Returns the exit status."""
    if sys.argv[1:] == ["--list"]:
        print(LIST, end="")
        return 0
    job = arguments()
    try:
        job.person = patch.identity(job.person)
        if not patch.is_ours(job.output):
            raise ksrc.Unusable(f"{job.output}: it has other things than patches")
        job.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="tmp.", dir=job.scratch) as scratch:
            work(job, pathlib.Path(scratch).resolve())
    except patch.Wrong as e:
        print(f"series: {e}", file=sys.stderr)
        return 1
    except (ksrc.Unusable, OSError, ValueError) as e:
        print(f"series: {e}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
