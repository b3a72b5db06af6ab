#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run the reproducer as somebody without privilege, and expect it to show a gap: or
# say why nothing can be expected of this kernel.
gap=$1

skip() {
	echo "SKIP: $*"
	exit 0
}

# The names are there for everybody, only the addresses are not.
if [ -r /proc/kallsyms ]; then
	grep -q ' lock_next_vma$' /proc/kallsyms ||
		skip "Linux $(uname -r) reads /proc/PID/maps under the mmap lock"
fi
[ "$(nproc)" -gt 1 ] || skip "one processor, and nobody knows if the kernel is preemptible"

as_nobody() {
	if [ "$(id -u)" = 0 ]; then
		cp "$gap" /tmp/maps-gap.$$ && chmod 755 /tmp/maps-gap.$$
		setpriv --reuid nobody --regid nogroup --clear-groups \
			/tmp/maps-gap.$$ "$1"
		status=$?
		rm -f /tmp/maps-gap.$$
	else
		"$gap" "$1"
		status=$?
	fi
}

for seconds in 20 60; do
	as_nobody $seconds
	case $status in
	0) ;;
	1) echo "ok: Linux $(uname -r) shows a gap"; exit 0 ;;
	*) exit 2 ;;
	esac
done
# A repaired kernel has none, and chance may have it so on any other.
skip "no gap on Linux $(uname -r), which may be repaired, or busy with other things"
