#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The tests where few run them: odd.sh "SUITE...", or odd.sh all
#
# A copy of the tree in a directory whose name has a space and an apostrophe, by a user
# who is not root, in the C locale, without a network, without /dev/pts, and with what is
# built elsewhere (O=). What the machine does not let us take away is said.
set -eu

suites=$1
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
trap 'exit 1' INT TERM HUP
place="$top/a tree's copy"
mkdir "$place"
tar -c --exclude=./build --exclude=./.git . | tar -x -C "$place"
chmod 755 "$top"

without() # no network, no pty, not root: as far as root can see to it
{
	if [ "$(id -u)" = 0 ]; then
		chown -R 65534:65534 "$top"
		unshare --net --mount sh -c 'umount -l /dev/pts 2>/dev/null || :
			exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"' sh "$@"
	else
		echo "odd.sh: not root: with the network and /dev/pts"
		"$@"
	fi
}

cd "$place"
# shellcheck disable=SC2016 # it is for the inner shell
without env -i PATH="$PATH" HOME="$top" LC_ALL=C TMPDIR="$top" sh -ec '
	make="make --no-print-directory -j$(nproc) LTO= CFLAGS=-O0 OPS=2000"
	$make all build/tests/check build/tests/fake-witness >/dev/null
	[ "$1" != all ] || exec $make check
	for suite in $1; do
		$make CK_RUN_SUITE=$suite check
	done' sh "$suites"
