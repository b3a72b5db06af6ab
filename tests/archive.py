#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Fetch kernel trees, or kernels, of every release that Debian's archive has.

The archive is the one that this machine's own package sources name, but with
its other suites, too: backports and sid have what is newer than the stable
release. apt fetches, with a list of sources, lists and a cache of its own, and
the system's are left as they are. Of each release the newest is taken that can
be had; what cannot is skipped, and told with the reason.

trees:   OUT/trees/linux-VERSION.tar.xz
kernels: OUT/kernels/PACKAGE_VERSION/vmlinuz-*, and its config

Exit status: 0 if there is at least one in the end, 2 if there is none.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import typing

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITES = ("bookworm", "bookworm-backports", "trixie", "trixie-backports", "sid")
SECURITY = ("bookworm-security", "trixie-security")

# mm/vma.c, with a harness that compiles it, is there since this one.
FIRST_TREE = (6, 12)
# The rules begin here.
FIRST_KERNEL = (6, 1)

LISTS_AGE = 24 * 3600  # seconds

SOURCE = re.compile(r"linux-source-(\d+\.\d+)")
# From 6.19 on the package of this name has modules only, and the image is in
# another one.
IMAGE = re.compile(r"linux-(image|binary)-\d+\.\d+\.\d[\w.+-]*?-cloud-amd64")


class Unusable(Exception):
    """Nothing can be had, for this reason."""


def say(text):
    """For people, and not a result."""
    print(f"archive: {text}", file=sys.stderr, flush=True)


def numbers(version):
    """What to order versions by."""
    return [int(n) for n in re.findall(r"\d+", version)]


def upstream(version):
    """7.3.4-1~bpo13+1 -> 7.3.4"""
    return version.partition("-")[0]


def series(version):
    """7.3.4-1~bpo13+1 -> 7.3"""
    return ".".join(version.split(".")[:2])


def run(*command, cwd=None):
    """Run a program and return what it prints."""
    try:
        done = subprocess.run([str(c) for c in command], cwd=cwd, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              env=dict(os.environ, LC_ALL="C"), check=False)
    except OSError as err:
        raise Unusable(f"cannot run '{command[0]}': {err.strerror}") from err
    if done.returncode:
        errors = [line for line in done.stderr.splitlines()
                  if line.startswith("E:")] or done.stderr.splitlines()
        raise Unusable(errors[0] if errors else f"{command[0]} fails")
    return done.stdout


# ---- an apt of our own ------------------------------------------------------

class Package(typing.NamedTuple):
    """A package in one version."""
    name: str
    version: str


class Archive:
    """Debian's archive, seen by an apt that shares nothing with the system's."""

    def __init__(self, place):
        self.place = place.resolve()
        for name in ("lists/partial", "cache/archives/partial"):
            (self.place / name).mkdir(parents=True, exist_ok=True)
        (self.place / "sources.list").write_text("".join(
            f"{kind} [signed-by={KEYRING}] {uri} {suite} main\n"
            for uri, suite in locations() for kind in ("deb", "deb-src")))

    def apt(self, program, *words, cwd=None):
        """One of apt's programs."""
        return run(program, "-q", "-o",
                   f"Dir::Etc::sourcelist={self.place}/sources.list",
                   "-o", "Dir::Etc::sourceparts=/dev/null",
                   "-o", f"Dir::State::Lists={self.place}/lists",
                   "-o", f"Dir::Cache={self.place}/cache",
                   # apt's own user has no access to what is ours.
                   "-o", "APT::Sandbox::User=root", *words, cwd=cwd)

    def update(self):
        """Fetch the lists, unless those of today are here."""
        stamp = self.place / "updated"
        if stamp.exists() and time.time() - stamp.stat().st_mtime < LISTS_AGE:
            return
        say("fetching the lists of Debian's archive")
        try:
            self.apt("apt-get", "update", "-o", "APT::Update::Error-Mode=any")
        except Unusable as err:
            say(f"not all lists can be had: {err}")
        stamp.touch()

    def packages(self, pattern):
        """Each package whose name is like this, in each version, newest first."""
        text = self.apt("apt-cache", "search", "--names-only",
                        f"^{pattern.pattern}$".replace(r"\d", "[0-9]")
                        .replace(r"[\w", "[[:alnum:]_"))
        names = [line.split()[0] for line in text.splitlines()]
        names = [name for name in names if pattern.fullmatch(name)]
        if not names:
            return []
        text = self.apt("apt-cache", "show", "--all-versions", *names)
        found = {Package(*re.search(r"^Package: (.+)\n(?:.+\n)*?Version: (.+)$",
                                    stanza, re.M).groups())
                 for stanza in text.strip().split("\n\n")}
        return sorted(found, key=lambda p: (numbers(p.version), p), reverse=True)

    def sources(self):
        """Each version of the kernel's source package, newest first."""
        text = self.apt("apt-cache", "showsrc", "linux")
        found = {upstream(version): Package("linux", version)
                 for version in re.findall(r"^Version: (.+)$", text, re.M)}
        return sorted(found.values(), reverse=True,
                      key=lambda p: numbers(p.version))

    def download(self, package, into):
        """A package, in whole and by its checksum. Returns the file."""
        self.apt("apt-get", "download", f"{package.name}={package.version}",
                 cwd=into)
        return next(into.glob("*.deb"))

    def download_orig(self, version, path):
        """The tarball of upstream that a source package begins with."""
        text = self.apt("apt-get", "source", "--print-uris", f"linux={version}")
        found = re.search(r"^'(\S+\.orig\.tar\.\w+)' \S+ \d+ (\S+)$", text, re.M)
        if not found:
            raise Unusable("apt names no tarball")
        self.apt("/usr/lib/apt/apt-helper", "download-file", found[1], path,
                 found[2])


def locations():
    """Every suite, at the address of this machine's own sources."""
    text = run("apt-get", "indextargets", "--format",
               "$(REPO_URI) $(RELEASE)", "Created-By: Packages")
    uris = dict(reversed(line.split()) for line in text.splitlines()
                if len(line.split()) == 2)
    plain = [uri for uri in uris.values()
             if re.search(r"/debian/?$", uri)]
    security = [uri for uri in uris.values()
                if re.search(r"/debian-security/?$", uri)]
    if not plain:
        raise Unusable("this machine's package sources do not name Debian's "
                       "archive")
    return [(plain[0], suite) for suite in SUITES] + \
        [(uri, suite) for uri in security[:1] for suite in SECURITY]


def newest_each(packages, fetch):
    """Of each release the newest that can be had; why not the newer ones."""
    had = {}
    for one in packages:
        release = series(one.version)
        if release in had:
            continue
        try:
            had[release] = fetch(one)
        except (Unusable, OSError) as err:
            say(f"skipped: {one.name} {one.version}: {err}")
    return had


# ---- trees ------------------------------------------------------------------

def take_source(archive, package, path):
    """What a package linux-source-VERSION has: a tarball."""
    with tempfile.TemporaryDirectory(prefix=".fetch.", dir=path.parent) as tmp:
        tmp = pathlib.Path(tmp)
        run("dpkg", "-x", archive.download(package, tmp), tmp / "x")
        tarball = next(tmp.glob("x/usr/src/*.tar.xz"), None)
        if not tarball:
            raise Unusable("there is no tarball in it")
        os.rename(tarball, path)


def take_orig(archive, package, path):
    """Whole or not at all."""
    with tempfile.TemporaryDirectory(prefix=".fetch.", dir=path.parent) as tmp:
        part = pathlib.Path(tmp, "orig.tar.xz")
        archive.download_orig(package.version, part)
        os.rename(part, path)


def tree(archive, package, place):
    """A tarball: of the package of sources, or upstream's of that version."""
    path = place / f"linux-{upstream(package.version)}.tar.xz"
    if not path.exists():
        say(f"fetching the tree of {upstream(package.version)}")
        take = take_orig if package.name == "linux" else take_source
        take(archive, package, path)
    return path


def trees(archive, wanted, place):
    """The packages of sources come first: they are not removed so soon."""
    packages = archive.packages(SOURCE)
    found = [p for p in packages + archive.sources() if wanted(p.version)
             if tuple(numbers(p.version)[:2]) >= FIRST_TREE]
    return newest_each(found, lambda p: tree(archive, p, place))


# ---- kernels ----------------------------------------------------------------

def image_in(unpacked):
    """The kernel, wherever the package has it, and its version in full."""
    for path in sorted(unpacked.glob("boot/vmlinuz-*")):
        return path, path.name.partition("-")[2]
    for path in sorted(unpacked.glob("usr/lib/modules/*/vmlinuz")):
        return path, path.parent.name
    raise Unusable("there is no kernel in it")


def kernel(archive, package, place):
    """A directory that is there and complete, or not there."""
    path = place / f"{package.name}_{package.version}"
    if path.is_dir():
        return path
    say(f"fetching {package.name} {package.version}")
    with tempfile.TemporaryDirectory(prefix=".fetch.", dir=place) as tmp:
        tmp = pathlib.Path(tmp)
        run("dpkg", "-x", archive.download(package, tmp), tmp / "x")
        image, release = image_in(tmp / "x")
        (tmp / "kernel").mkdir()
        os.rename(image, tmp / "kernel" / f"vmlinuz-{release}")
        for config in [*tmp.glob("x/boot/config-*"),
                       *tmp.glob("x/usr/lib/modules/*/config")]:
            shutil.copy(config, tmp / "kernel" / f"config-{release}")
        os.rename(tmp / "kernel", path)
    return path


def kernels(archive, wanted, place):
    """Those for clouds are small, and have what a guest needs built in."""
    found = [p for p in archive.packages(IMAGE) if wanted(p.version)
             if tuple(numbers(p.version)[:2]) >= FIRST_KERNEL]
    # Where there are both, "image" has no image.
    binaries = {p.version for p in found if "-binary-" in p.name}
    found = [p for p in found
             if p.version not in binaries or "-binary-" in p.name]
    return newest_each(found, lambda p: kernel(archive, p, place))


# ---- the program ------------------------------------------------------------

WHAT = {"trees": trees, "kernels": kernels}


def main():
    """Fetch, and say what there is."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("what", choices=WHAT)
    parser.add_argument("--out", type=pathlib.Path, default="build",
                        metavar="DIR", help="where to keep it (%(default)s)")
    parser.add_argument("--series", default="all", metavar="A.B,...",
                        help="only of these releases (%(default)s)")
    args = parser.parse_args()
    releases = args.series.split(",")
    place = args.out / args.what
    place.mkdir(parents=True, exist_ok=True)
    archive = Archive(args.out / "apt")
    archive.update()
    had = WHAT[args.what](archive, lambda version: args.series == "all" or
                          series(version) in releases, place)
    for release in releases:
        if release != "all" and release not in had:
            say(f"there is no {release}")
    for release in sorted(had, key=numbers):
        print(f"{release:5} {had[release]}")
    return 0 if had else 2


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unusable as error:
        say(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(2)
