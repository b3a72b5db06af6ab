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

if ! command -v "$sphinx" >/dev/null; then
	echo "$0: no $sphinx: 'make deps' installs it" >&2
	exit 1
fi

emit()
{
	"$vmatlas" emit rst --flavour sphinx --catalog "$catalog" -o "$1"
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

# All pages as they should be ...
rm -rf "$out/fresh"
mkdir -p "$out/fresh" "$out/src"
cp -R "$docs/." "$out/fresh"
rm -f "$out/fresh/build.sh"
emit "$out/fresh/cases"

# ... and the stage as it should be.
prune "$out/fresh" "$out/src"
stage "$out/fresh" "$out/src"
rm -rf "$out/fresh"

if [ -e "$out/html/index.html" ] && [ -e "$out/man/vmatlas.1" ] &&
	[ -e "$out/stamp" ] && [ -z "$(find "$out/src" -newer "$out/stamp")" ]
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
