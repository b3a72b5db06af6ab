#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The packages of a release: debian/build.sh TARBALL VERSION OUT
#
# debian/changelog is made of NEWS, so that a version is written down once. Who packs it
# is whom DEBFULLNAME and DEBEMAIL name.
set -eu

tarball=$1
version=$2
out=$3

rm -rf "$out"
mkdir -p "$out"
cp "$tarball" "$out/vmatlas_$version.orig.tar.xz"
tar -C "$out" -xf "$tarball"
cd "$out/vmatlas-$version"
date=$(sed -n "s/^vmatlas $version (\(.*\))/\1/p" NEWS)
cat >debian/changelog <<END
vmatlas ($version-1) unstable; urgency=medium

  * Release $version: /usr/share/doc/vmatlas/NEWS.gz has what is new.

 -- ${DEBFULLNAME:-the vmatlas authors} <${DEBEMAIL:-vmatlas@example.org}>  $(date -R -u -d "$date")
END
dpkg-buildpackage -us -uc
