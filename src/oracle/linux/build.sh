#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Compile a kernel tree's own mm/vma.c into a witness (driver.c).
#
# usage: build.sh [--sandbox] [--sanitize | --coverage] KSRC CACHE
#
# KSRC is a kernel tree: a directory or a tarball. It is only ever read: the few
# files that are needed are copied to CACHE. There the program stays, too, for
# the next time that the same is asked. Its path is printed. If anything is
# wrong, one line on standard error says what, and the exit status is 2.
#
# With --sandbox bwrap runs all of this, and nothing can be written but CACHE, reached by
# network or seen of other processes.
#
# With --coverage the program counts the branches that driver.c takes, and what it
# includes, which is the tree's code; what gcov needs stays beside it.
set -u
export LC_ALL=C

me=build.sh
here=$(cd "$(dirname "$0")" && pwd -P) || exit 2
CC=${CC:-gcc}

# What is needed of a tree: what must be there, and what only some trees have.
needed='
Makefile
include/linux/gfp_types.h
include/linux/idr.h
include/linux/kconfig.h
include/linux/maple_tree.h
include/linux/radix-tree.h
include/linux/xarray.h
lib/idr.c
lib/maple_tree.c
lib/radix-tree.c
lib/radix-tree.h
lib/test_maple_tree.c
lib/test_xarray.c
lib/xarray.c
mm/vma.c
mm/vma.h
tools/arch
tools/include
tools/lib/slab.c
tools/testing/shared
tools/testing/vma'
optional='
mm/mmap.c
mm/vma_exec.c
mm/vma_init.c
tools/lib/bitmap.c
tools/lib/find_bit.c
tools/lib/hweight.c
tools/lib/string.c
tools/lib/vsprintf.c
tools/scripts'
# Of these only what the others include.
headers=include/linux

# All that is made lies here until it is finished.
tmp=
child=

clean_up()
{
	if [ -n "$child" ]; then
		kill "$child" 2>/dev/null
		wait "$child" 2>/dev/null
	fi
	[ -z "$tmp" ] || rm -rf "$tmp"
}

fail()
{
	printf '%s: %s\n' "$me" "$*" >&2
	exit 2
}

# A shell that waits for a command in the foreground is deaf to signals.
run()
{
	"$@" &
	child=$!
	wait "$child"
	status=$?
	child=
	return "$status"
}

trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- arguments ---------------------------------------------------------------

flags='-O2 -g'
coverage=
sandbox=
if [ "${1-}" = --sandbox ]; then
	sandbox=1
	shift
fi
option=
case ${1-} in
--sanitize)
	flags="$flags -fsanitize=address,undefined"
	option=$1
	shift
	;;
--coverage)
	# What is optimized is not branch by branch what is written.
	coverage='-O0 --coverage -fprofile-update=atomic'
	option=$1
	shift
	;;
esac
if [ $# -ne 2 ] || [ -z "$1" ] || [ -z "$2" ]; then
	fail 'usage: build.sh [--sandbox] [--sanitize | --coverage] KSRC CACHE'
fi
ksrc=$1
cache=$2
case $ksrc in -*) ksrc=./$ksrc ;; esac
case $cache in -*) cache=./$cache ;; esac

[ -e "$ksrc" ] || fail "$ksrc: there is no such file or directory," \
	'expected a kernel tree or tarball'
[ -r "$ksrc" ] || fail "$ksrc: cannot be read"
# A device or a FIFO may never end.
[ -f "$ksrc" ] || [ -d "$ksrc" ] ||
	fail "$ksrc: neither a directory nor a file, expected a kernel tree or tarball"
mkdir -p "$cache" 2>/dev/null ||
	fail "$cache: cannot make this directory for what is compiled"
cache=$(cd "$cache" && pwd -P) || fail "$cache: cannot be entered"
if [ -n "$sandbox" ]; then
	command -v bwrap >/dev/null ||
		fail 'there is no bwrap, expected bubblewrap for a sandbox'
	ksrc=$(realpath "$ksrc")
	above=$(realpath "$here/../..")
	# What is in /run and /tmp may be sockets of who would do more than we let do.
	exec bwrap --unshare-all --die-with-parent --new-session --ro-bind / / \
		--dev /dev --proc /proc --tmpfs /run --tmpfs /tmp \
		--setenv CCACHE_DISABLE 1 \
		--ro-bind "$above" "$above" --ro-bind "$ksrc" "$ksrc" \
		--bind "$cache" "$cache" /bin/sh "$here/build.sh" \
		${option:+"$option"} "$ksrc" "$cache"
fi
tmp=$(mktemp -d "$cache/tmp.XXXXXX" 2>/dev/null) ||
	fail "$cache: cannot write in this directory"
export TMPDIR="$tmp"
# What was killed could not clean up.
find "$cache" -maxdepth 1 -name 'tmp.*' -mmin +1440 -exec rm -rf {} + \
	2>/dev/null

# ---- a tarball becomes a directory -------------------------------------------

# Things that tar says if a tree lacks what only some trees have.
tar_complaint()
{
	grep -v -e 'Not found in archive$' -e 'Exiting with failure status' \
		"$tmp/tar.log" | head -n 1
}

unpack()
{
	unpacked=$1
	mkdir "$tmp/unpacked"
	set --
	for path in $needed $optional $headers; do
		set -- "$@" "*/$path"
	done
	run tar --force-local -xf "$ksrc" -C "$tmp/unpacked" --strip-components=1 \
		--anchored --wildcards --no-wildcards-match-slash "$@" \
		2>"$tmp/tar.log"
	complaint=$(tar_complaint)
	[ -z "$complaint" ] || fail "$ksrc: not a tarball, or cut short:" \
		"$complaint"
	# Somebody else may have been faster.
	mv -T "$tmp/unpacked" "$unpacked" 2>/dev/null || [ -d "$unpacked" ]
}

tree=$ksrc
if [ ! -d "$ksrc" ]; then
	sum=$(sha256sum <"$ksrc") || fail "$ksrc: cannot be read"
	tree=$cache/tree-$(printf '%s %s' "$sum" "$needed$optional$headers" |
		sha256sum | cut -c 1-16)
	[ -d "$tree" ] || unpack "$tree" || fail "$cache: cannot write"
	# The one that was used last is the newest.
	touch "$tree"
fi

# ---- is it a tree that we know? ----------------------------------------------

make_variable()
{
	[ ! -f "$tree/Makefile" ] || sed -n "s/^$1 *= *//p" "$tree/Makefile" |
		head -n 1 | tr -cd 'A-Za-z0-9.+_-' | cut -c 1-20
}

version=$(make_variable VERSION)
patchlevel=$(make_variable PATCHLEVEL)
sublevel=$(make_variable SUBLEVEL)
case $version.$patchlevel in
.* | *. | *[!0-9.]*) fail "$ksrc: not a kernel tree: it has no Makefile that" \
	'says VERSION = and PATCHLEVEL =' ;;
esac
kernel=$version.$patchlevel
[ "${sublevel:-0}" = 0 ] || kernel=$kernel.$sublevel
kernel=$kernel$(make_variable EXTRAVERSION)

if [ "$version" -lt 6 ] ||
	{ [ "$version" -eq 6 ] && [ "$patchlevel" -lt 12 ]; }; then
	fail "$ksrc: Linux $kernel, but mm/vma.c is only there since 6.12"
fi
[ -e "$tree/tools/testing/vma" ] ||
	fail "$ksrc: lacks tools/testing/vma, on which mm/vma.c is to be compiled"
for path in $needed tools/testing/vma/vma_internal.h \
	tools/testing/shared/maple-shim.c tools/testing/shared/linux.c; do
	[ -e "$tree/$path" ] || fail "$ksrc: half unpacked: $path is missing"
done

# ---- a copy of our own -------------------------------------------------------

stage=$tmp/stage
mkdir "$stage"
for path in $needed $optional; do
	[ -e "$tree/$path" ] || continue
	mkdir -p "$stage/$(dirname "$path")"
	run cp -RL "$tree/$path" "$stage/$path" 2>"$tmp/cp.log" ||
		fail "$ksrc: cannot be copied: $(head -n 1 "$tmp/cp.log")"
done
chmod -R u+w "$stage"
# Those in tools include some of the kernel's own by way of "../".
grep -rhoE "\.\./$headers/[a-z0-9_-]+\.h" "$stage/tools" | sort -u |
	while read -r path; do
		path=${path#../}
		[ ! -f "$tree/$path" ] || cp -L "$tree/$path" "$stage/$path"
	done

key=$({
	cd "$stage" && find . -type f -print0 | sort -z | xargs -0 sha256sum
	cd "$here" && sha256sum -- *.c *.h build.sh ../protocol.h \
		../../model/enums.h
	printf '%s\n' "$flags" "$coverage" "$CC"
	$CC --version
} 2>/dev/null | sha256sum | cut -c 1-16)
witness=$cache/witness-$kernel-$key
counted=$cache/coverage-$kernel-$key
[ -z "$coverage" ] || witness=$counted/tools/testing/vma/witness
if [ -x "$witness" ]; then
	printf '%s\n' "$witness"
	exit 0
fi

# ---- what is this tree like? -------------------------------------------------

vma_c=mm/vma.c
vma_h=mm/vma.h
shims=tools/testing/vma
features=

sed -n '/^struct vma_merge_struct {/,/^}/p' "$stage/$vma_h" >"$tmp/vmg"

# Whether a file, or one of those in a directory, has a line like this.
has()
{
	grep -qrE -e "$1" "$stage/$2"
}

expect()
{
	has "$1" "$2" || unknown "$2 has no '$3'"
}

unknown()
{
	fail "$ksrc: Linux $kernel, a tree of an unknown kind: $*"
}

feature()
{
	if has "$2" "$3"; then
		features="$features -D$1"
	fi
}

member()
{
	if grep -qE -e "$2" "$tmp/vmg"; then
		features="$features -D$1"
	fi
}

expect '^struct vma_merge_struct \{' $vma_h 'struct vma_merge_struct {'
grep -qE 'struct vm_area_struct \*(vma|middle);' "$tmp/vmg" ||
	unknown "$vma_h has neither 'struct vm_area_struct *vma;' nor" \
		"'*middle;' in struct vma_merge_struct"
grep -qE '(unsigned long|vm_flags_t) (vm_)?flags;' "$tmp/vmg" ||
	unknown "$vma_h has neither 'unsigned long flags;' nor" \
		"'vm_flags_t vm_flags;' in struct vma_merge_struct"
expect 'VMA_MERGE_ERROR_NOMEM' $vma_h VMA_MERGE_ERROR_NOMEM
expect '^#define VMG_VMA_STATE\(' $vma_h '#define VMG_VMA_STATE('
expect '\bvma_modify\(struct vma_merge_struct' $vma_c \
	'vma_modify(struct vma_merge_struct *vmg)'
expect '\bvma_merge_new_range\(struct vma_merge_struct' $vma_c \
	'vma_merge_new_range(struct vma_merge_struct *vmg)'
expect '\bsplit_vma\(struct vma_iterator' $vma_c \
	'split_vma(struct vma_iterator *vmi, ...)'
expect '\bdo_vmi_align_munmap\(struct vma_iterator' $vma_c \
	'do_vmi_align_munmap(struct vma_iterator *vmi, ...)'
expect '^struct vm_userfaultfd_ctx \{ *\};' $shims \
	'struct vm_userfaultfd_ctx {};'

feature HAVE_VMA_CLOSE 'void vma_close\(' $shims
feature HAVE_FILE_OPERATIONS '^struct file_operations \{' $shims
feature HAVE_ATTACHED 'void vma_mark_attached\(' $shims
feature HAVE_KILLABLE 'vma_start_write_killable\(' $shims
member HAVE_VMG_TARGET 'struct vm_area_struct \*target;'
member HAVE_VMG_VM_FLAGS 'vm_flags_t vm_flags;'
member HAVE_VMG_JUST_EXPAND 'bool just_expand *:'
member HAVE_VMG_COPIED_FROM 'struct vm_area_struct \*copied_from;'
member HAVE_VMG_GIVE_UP 'bool give_up_on_oom *:'
member HAVE_VMG_VMA_FLAGS 'vma_flags_t vma_flags;'
member HAVE_VMG_ANON_PGOFF 'pgoff_t anon_pgoff;'
feature HAVE_MMAP_VMA_FLAGS 'long len, vma_flags_t vma_flags,$' $vma_c
feature HAVE_IGNORE_MERGE 'VMA?_IGNORE_MERGE' $vma_c
feature HAVE_STICKY 'VMA?_STICKY' $vma_c
feature HAVE_COPY_KEEPS_SOURCE 'bool keep_source\)' $vma_c
[ ! -f "$stage/mm/vma_init.c" ] || features="$features -DHAVE_VMA_INIT"
[ ! -f "$stage/mm/vma_exec.c" ] || features="$features -DHAVE_VMA_EXEC"

# Up to 6.12 what maps is in a file of which no more can be compiled here.
if has '^static unsigned long __mmap_region\(' $vma_c; then
	features="$features -DHAVE_MMAP_REGION"
elif has '^static unsigned long __mmap_region\(' mm/mmap.c; then
	features="$features -DHAVE_MMAP_REGION -DHAVE_OLD_MMAP_REGION"
	sed -n -e '/^static inline bool accountable_mapping(/,/^}/p' \
		-e '/^static unsigned long __mmap_region(/,/^}/p' \
		"$stage/mm/mmap.c" >"$stage/mm/mmap_region.c"
fi
if has '^[a-z].*\bvma_set_range\(struct' $vma_c; then
	features="$features -DHAVE_TREE_SET_RANGE"
	sed -i 's/^\([a-z].*[ *]\)vma_set_range(struct/\1tree_set_range(struct/' \
		"$stage/$vma_c"
fi

# The shims' userfaultfd contexts have nothing in them to compare.
find "$stage/$shims" -name '*.h' -exec sed -i \
	's/^\(struct vm_userfaultfd_ctx\) { *};/\1 { unsigned long ctx; };/' {} +

# The shims have the number of a flag, but not each of its masks.
grep -rhoE 'DECLARE_VMA_BIT\([A-Z_]+,' "$stage/$shims" | sort -u |
	sed 's/.*(\(.*\),/#undef VM_\1\n#define VM_\1 (1UL << VMA_\1_BIT)/' \
		>"$stage/tree-flags.h"

# ---- compile -----------------------------------------------------------------

log=$cache/log-$kernel-$key

# What the compiler says first, or the linker.
first_error()
{
	grep -m 1 -e 'error:' -e 'undefined reference' "$tmp/log" ||
		head -n 1 "$tmp/log"
}

no_urcu()
{
	fail "$CC finds no liburcu, which the shims are built on: install" \
		liburcu-dev
}

compile_failed()
{
	error=$(first_error)
	case $error in
	*'cannot find -lurcu'* | *'fatal error: urcu'*) no_urcu ;;
	esac
	mv -f "$tmp/log" "$log"
	fail "$ksrc: Linux $kernel does not compile: $error" \
		"(the whole log is $log)"
}

# What the tree's own Makefile says: "cflags WORDS" and "objects WORDS", less what
# is for its own tests.
ask_makefile()
{
	cat >vmatlas.mk <<-'END'
		include Makefile
		other = $(filter-out main.o shared.o vma.o,$(OFILES))
		cflags: ; @echo 'cflags $(filter -I% -D%,$(CFLAGS))'
		objects: ; @echo 'objects $(other)'
	END
	run make -s -f vmatlas.mk "CC=$CC" cflags objects >"$tmp/said" \
		2>"$tmp/log" || compile_failed
	cflags=$(sed -n 's/^cflags //p' "$tmp/said")
	objects=$(sed -n 's/^objects //p' "$tmp/said")
	[ -n "${cflags:+$objects}" ] ||
		unknown "$shims/Makefile has no CFLAGS or no OFILES"
}

command -v "${CC%% *}" >/dev/null 2>&1 ||
	fail "${CC%% *}: there is no such compiler; set CC"
unset MAKEFLAGS MAKELEVEL MFLAGS
cd "$stage/$shims" || fail "$stage: cannot be entered"
ask_makefile
flags="$flags -fno-strict-aliasing -ffunction-sections $cflags"
# These are lists of words: $CC, $flags, $coverage, $features, $objects.
# shellcheck disable=SC2086
{
	run make -s -j2 -f vmatlas.mk "CC=$CC" "CFLAGS=$flags -w" $objects \
		>"$tmp/log" 2>&1 || compile_failed
	run $CC $flags $coverage $features "-DKERNEL_VERSION=\"$kernel\"" -I"$stage" \
		-idirafter "$here/../.." -c "$here/driver.c" 2>"$tmp/log" ||
		compile_failed
	# What nobody calls may lack what it calls.
	run $CC $flags $coverage -o witness driver.o $objects -Wl,--gc-sections \
		-lurcu -lpthread 2>"$tmp/log" || compile_failed
}
if [ -n "$coverage" ]; then
	mv -T "$stage" "$counted" 2>/dev/null || [ -x "$witness" ]
else
	mv -f witness "$witness"
fi || fail "$cache: cannot write"
rm -f "$log"
printf '%s\n' "$witness"
