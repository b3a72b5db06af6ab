#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build the site: docs/build.sh VMATLAS CATALOG OUT
#
# The hand-written pages and the generated ones are staged in OUT/src. Files that
# did not change keep their time stamps, and if none of them did since the last
# time, Sphinx is not run at all.
set -eu

vmatlas=$1
catalog=$2
out=$3
docs=$(dirname "$0")
sphinx=${SPHINX:-sphinx-build}
WASM=${WASM:?expected the program for try.html, as the Makefile names it}
export WASM
python=${PYTHON:-/usr/bin/python3}

if ! command -v "$sphinx" >/dev/null; then
	echo "$0: no $sphinx: 'make deps' installs it" >&2
	exit 1
fi

emit()
{
	"$vmatlas" emit rst --flavour sphinx --catalog "$catalog" -o "$1"
}

# Tables of the whole space. All sweeps take a few seconds, so they are only done
# anew if the program or the catalogue is.
space()
{
	if [ ! -e "$out/space.inc" ] ||
		[ -n "$(find "$vmatlas" "$catalog" -newer "$out/space.inc")" ]
	then
		"$vmatlas" space --wide --format rst --catalog "$catalog" \
			>"$out/space.new"
		mv "$out/space.new" "$out/space.inc"
	fi
	cp "$out/space.inc" "$1"
}

# Tables of the cases and of what was measured. To emit all explores all readers, so it
# is only done anew if something of it is.
oracles()
{
	if [ ! -e "$out/oracles.inc" ] ||
		[ -n "$(find "$vmatlas" "$catalog" "$docs/data" \
			"$docs/oracles.py" "$docs/tables.py" \
			-newer "$out/oracles.inc")" ] ||
		[ ! -e "$out/tables.inc" ]
	then
		"$vmatlas" emit json --catalog "$catalog" >"$out/atlas.json"
		"$vmatlas" live --reach --rules-table --format json \
			--catalog "$catalog" >"$out/table.json"
		"$python" "$docs/tables.py" <"$out/atlas.json" >"$out/tables.inc"
		"$python" "$docs/oracles.py" "$catalog" "$docs/data" \
			"$out/table.json" <"$out/atlas.json" >"$out/oracles.new"
		rm "$out/atlas.json" "$out/table.json"
		mv "$out/oracles.new" "$out/oracles.inc"
	fi
	cp "$out/oracles.inc" "$out/tables.inc" "$1"
}

# A configuration, as a terminal shows it.
example()
{
	"$vmatlas" space --show --color never --catalog "$catalog" \
		--only "$2" >"$1"
}

# What user space sees of each change of the rules. That takes no kernel.
rule_changes()
{
	"$vmatlas" live --reach --rules-table --color never \
		--catalog "$catalog" >"$1"
}

# Interleavings of the cases, for a page to step through.
interleavings()
{
	if [ ! -e "$out/interleavings.js" ] ||
		[ -n "$(find "$vmatlas" "$catalog" "$docs/interleavings.py" \
			-newer "$out/interleavings.js")" ]
	then
		for reader in upstream mmap-lock fresh-fallback; do
			"$vmatlas" explore --trace --format json \
				--reader $reader --catalog "$catalog"
		done | "$python" "$docs/interleavings.py" \
			>"$out/interleavings.new"
		mv "$out/interleavings.new" "$out/interleavings.js"
	fi
	cp "$out/interleavings.js" "$1"
}

# A page for each command, of what --help prints.
commands()
{
	mkdir "$1"
	{
		printf 'Commands\n========\n\n'
		# shellcheck disable=SC2016 # the marks of RST
		printf 'Each with what ``--help`` prints; :doc:`/man` has what they share.\n\n'
		printf '.. toctree::\n   :maxdepth: 1\n\n'
	} >"$1/index.rst"
	"$vmatlas" manual | cut -f1 | while read -r command; do
		"$vmatlas" manual "$command" >"$1/vmatlas-$command.rst"
		echo "   $command <vmatlas-$command>" >>"$1/index.rst"
	done
}

# Remove what is in the second directory, but not in the first.
prune()
{
	find "$2" -type f | while read -r file; do
		[ -e "$1/${file#"$2"/}" ] || rm "$file"
	done
}

# Copy what differs.
stage()
{
	(cd "$1" && find . -type f) | while read -r file; do
		cmp -s "$1/$file" "$2/$file" && continue
		mkdir -p "$(dirname "$2/$file")"
		cp "$1/$file" "$2/$file"
	done
}

# The five questions of "Too many VMAs?", asked of a program's trace.
too_many()
{
	work=$(mktemp -d)
	trace=$docs/data/too-many/trace
	field=$docs/../tests/field/replay-failed-partial
	"$vmatlas" replay --color never --rules 6.18 --layout "$work/layout" \
		"$trace" | sed -n '/^VMAs over/,/^Calls after/p' |
		sed '/^Calls after/d' >"$1-replay.txt"
	"$vmatlas" explain --color never --rules 6.18 - <"$work/layout" |
		sed '/^Why they are apart/,$d' >"$1-explain.txt"
	"$python" "$field/gen.py" >"$work/begin"
	"$vmatlas" replay --color never --rules 6.18 --from "$work/begin" \
		"$field/input" | sed -n '/^Calls that failed/,/^$/p' \
		>"$1-failed.txt"
	{
		for call in 'mprotect(0x7f0000001000, 4096, PROT_NONE)' \
			'madvise(0x7f0000001000, 4096, MADV_GUARD_INSTALL)'; do
			"$vmatlas" what-if --empty --color never --rules 6.18 \
				--faulted none mmap 7f0000000000 64K rw- fixed \
				"$call" | sed -n '/^2\. /,/VMAs/p'
		done
	} >"$1-what-if.txt"
	cp "$docs/data/too-many/all.txt" "$1-all.txt"
	rm -rf "$work"
}

# All pages as they should be ...
rm -rf "$out/fresh"
mkdir -p "$out/fresh" "$out/src"
cp -R "$docs/." "$out/fresh"
rm -rf "$out/fresh/build.sh" "$out/fresh/oracles.py" "$out/fresh/data" \
	"$out/fresh/kernel" "$out/fresh/replay.py" "$out/fresh/repair.py" \
	"$out/fresh/interleavings.py" "$out/fresh/matrix.py" "$out/fresh/series.py" \
	"$out/fresh/tables.py" "$out/fresh/schema"
emit "$out/fresh/cases"
space "$out/fresh/space.inc"
oracles "$out/fresh"
"$python" "$docs/matrix.py" "$catalog" "$docs/data" >"$out/fresh/matrix.inc"
example "$out/fresh/example-stays.txt" \
	existing:prev=adjacent,next=adjacent,next_close=yes
example "$out/fresh/example-refused.txt" \
	existing:prev=adjacent,prev_differs=uffd,middle_close=yes
rule_changes "$out/fresh/rule-changes.txt"
commands "$out/fresh/commands"
interleavings "$out/fresh/theme/static/interleavings.js"
"$vmatlas" explain --color never - <"$docs/explain-sample.smaps" \
	>"$out/fresh/example-explain.txt"
"$vmatlas" what-if --empty --color never --faulted none \
	mmap 7f0000000000 16K rw- mprotect 7f0000001000 4K r-- \
	>"$out/fresh/example-what-if.txt"
too_many "$out/fresh/too-many"
"$vmatlas" what-if --empty --color never --faulted none \
	mmap 100000 16K rw- stack mmap 104000 16K rw- |
	sed -n '/^2\. /,/Flags differ/p' >"$out/fresh/example-stack.txt"
"$vmatlas" what-if --empty --color never --faulted none \
	mmap 100000 16K rw- touch 100000 16K mprotect 100000 16K r-- \
	mmap 104000 16K rw- mprotect 104000 16K r-- |
	sed -n '/^5\. /,/Flags differ/p' >"$out/fresh/example-account.txt"
"$python" "$docs/replay.py" "$docs/data/replay.json" >"$out/fresh/replay.inc"
"$python" "$docs/series.py" >"$out/fresh/series.inc"
"$python" "$docs/repair.py" "$docs"/data/repair*.json >"$out/fresh/repair.inc"
"$python" "$docs/repair.py" --often "$docs/data/repair.json" >"$out/fresh/often.inc"
"$python" "$docs/repair.py" --kernels "$docs/data/race-kernels.json" >"$out/fresh/race-kernels.inc"
cp "$docs/../tests/repair/maps-gap.c" "$docs/../tests/repair/config" "$out/fresh"
"$vmatlas" replay --color never --rules 6.18 \
	--from "18644.2=$docs/data/replay-example/begin" \
	--verify "$docs/data/replay-example/end" \
	"$docs/data/replay-example/trace" >"$out/fresh/replay-example.txt"

# ... and the stage as it should be.
prune "$out/fresh" "$out/src"
stage "$out/fresh" "$out/src"
rm -rf "$out/fresh"

if [ -e "$out/html/index.html" ] && [ -e "$out/man/vmatlas.1" ] &&
	[ -e "$out/stamp" ] &&
	[ -z "$(find "$out/src" "$WASM" -newer "$out/stamp")" ]
then
	exit 0
fi
echo "  SPHINX  $out/html/index.html"

version=$("$vmatlas" --version | sed 's/.* //')
for builder in html man; do
	rm -rf "$out/$builder.new"
	"$sphinx" -q -W --keep-going -b "$builder" -d "$out/doctrees" \
		-D "version=$version" -D "release=$version" \
		-D "graphviz_dot=${DOT:-dot}" \
		"$out/src" "$out/$builder.new"
done

# Only now that all of it worked.
for builder in html man; do
	rm -rf "${out:?}/$builder"
	mv "$out/$builder.new" "$out/$builder"
done
touch "$out/stamp"
