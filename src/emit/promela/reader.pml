/* SPDX-License-Identifier: GPL-2.0-only */
/*
@heading@
 *
 * A writer does this while a reader reads /proc/PID/maps; with
 * READERS=2 while two do. With OPS=2 the writer then undoes it, with
 * OPS=3 it does it again, with OPS=4 it undoes that, too.
 *
 *	spin -a -DREADER=UPSTREAM -DCHECK_GAP FILE
 *	gcc -DSAFETY -DNOREDUCE -DREACH -o pan pan.c && ./pan -i
 *	spin -t -DREADER=UPSTREAM -DCHECK_GAP FILE
 *
 * asks whether the reader can miss a page that is always mapped,
 * and prints the shortest way there. READER may be any of those that
 * are listed below. Instead of CHECK_GAP there may be CHECK_OVERLAP,
 * CHECK_TWICE=(a VMA), CHECK_RETRY, CHECK_REWALK, or CHECK_FALLBACK.
 *
 * With ALL, each reader runs in each surrounding. With OBSERVE, a
 * pan made with -DPRINTF prints all that can be observed.
 *
 * Written by "vmatlas emit promela"; not to be edited.
 */

#ifndef LEFT_SIDE
#define LEFT_SIDE @left@
#endif
#ifndef RIGHT_SIDE
#define RIGHT_SIDE @right@
#endif
#ifndef READER
#define READER UPSTREAM
#endif
#ifndef READERS
#define READERS 1
#endif
#ifndef OPS
#define OPS 1
#endif
#if OPS > @ops@
#error "there is no such sequence"
#endif

/* What happens, for people. A step is one transition. */
#ifdef OBSERVE
#define print(...) skip
#define step(s) d_step { s }
#else
#define print(...) printf(__VA_ARGS__)
#define step(s) d_step { s; print(quote(writer: s\n)) }
#define quote(...) #__VA_ARGS__
#endif

@names@
/* ---- the start -------------------------------------------- */

mtype:side = { ADJACENT, HOLE, NONE };
mtype:side left_side, right_side;

/* ---- the address space ------------------------------------ */

/*
 * The mmap lock. Each lock and unlock of a writer counts the
 * sequence up, so it is odd while there is a writer in.
 */
byte mm_seq;
byte mmap_readers;

#define writer_in (mm_seq % 2 == 1)

/* A VMA is write-locked while its stamp is the odd sequence. */
mtype:page vm_start[NR_VMAS], vm_end[NR_VMAS];
bool attached[NR_VMAS];
byte vma_readers[NR_VMAS];
byte stamp[NR_VMAS];

#define write_locked(v) (writer_in && stamp[v] == mm_seq)

/*
 * The maple tree. tree[p] is the entry of the stretch from p to the
 * next of the pages above. A slot is a run of stretches with the
 * same entry; slots are numbered by address, empty ones included.
 */
mtype:vma tree[NR_PAGES];

/*
 * The node that a reader's iterator is at: in use, or replaced since
 * it was looked at. 0 if the iterator is set to an address.
 */
mtype:node = { DEAD, ALIVE };
mtype:node node[READERS];
#define me (_pid - 2)

/* Scratch within a single step, and so no part of the state. */
hidden byte i, j, nr;

/* Set nr to the number of the slot that page p is in. */
inline slot_of(p)
{
	i = P0;
	nr = 0;
	do
	:: i < p ->
		nr = nr + (tree[i] != tree[i + 1]);
		i++
	:: else -> break
	od
}

/* ---- the steps of a writer -------------------------------- */

inline mmap_write_lock()
{
	mmap_readers == 0 && !writer_in;
	mm_seq++
}

/* The new sequence ends all VMA write locks. */
inline mmap_write_unlock()
{
	mm_seq++
}

inline mmap_write_downgrade()
{
	mm_seq++;
	mmap_readers++
}

inline mmap_read_unlock()
{
	mmap_readers--
}

inline vma_write_lock(v)
{
	vma_readers[v] == 0;
	stamp[v] = mm_seq
}

/* Nothing is known of it yet, and no reader can find it. */
inline allocate(v)
{
	attached[v] = false
}

inline duplicate(v, old)
{
	vm_start[v] = vm_start[old];
	vm_end[v] = vm_end[old];
	attached[v] = false
}

inline set_range(v, start, end)
{
	assert(vma_readers[v] == 0);
	vm_start[v] = start;
	vm_end[v] = end
}

inline detach(v)
{
	assert(vma_readers[v] == 0);
	attached[v] = false
}

inline attach(v)
{
	attached[v] = true
}

/* It stays detached: who still finds it must not take it. */
inline free(v)
{
	assert(vma_readers[v] == 0 && !attached[v])
}

/* What stretch p holds once v is stored over [start, end). */
#define stored(p, v, start, end) \
	(start <= (p) && (p) < end -> v : tree[p])

/* Count the borders of slots that a store takes away and brings. */
inline count_borders(v, start, end)
{
	borders_gone = 0;
	borders_come = 0;
	i = P0 + 1;
	do
	:: i < PEND ->
		j = tree[i - 1] != tree[i];
		nr = stored(i - 1, v, start, end) !=
		     stored(i, v, start, end);
		borders_gone = borders_gone + (j && !nr);
		borders_come = borders_come + (nr && !j);
		i++
	:: else -> break
	od
}

inline put(v, start, end)
{
	i = start;
	do
	:: i < end ->
		tree[i] = v;
		i++
	:: else -> break
	od;
	attached[v] = v != NOTHING
}

inline replace_node()
{
	i = 0;
	do
	:: i < READERS ->
		node[i] = (node[i] == ALIVE -> DEAD : node[i]);
		i++
	:: else -> break
	od
}

/*
 * No border changes if the store is over exactly one slot: this is
 * in place. One goes and one comes if it moves the border between
 * two neighbouring slots: in place if they share a leaf that is full
 * enough, which depends on the rest of the address space, so both are
 * tried. All else replaces the node. It is one step, with a choice.
 */
inline store(v, start, end)
{
	atomic {
		d_step {
			count_borders(v, start, end)
		}
		if
		:: d_step {
			borders_gone == borders_come && borders_gone <= 1;
			put(v, start, end);
			print("writer: store in place\n")
		   }
		:: d_step {
			borders_gone > 0 || borders_come > 0;
			put(v, start, end);
			replace_node();
			print("writer: store in a new node\n")
		   }
		fi
	}
}

@writer@
@always_mapped@
/* ---- what is asked for ------------------------------------ */

mtype:event = { FALLBACK, REWALK, RETRY };

inline happens(what)
{
#ifdef CHECK_RETRY
	assert(what != RETRY);
#endif
#ifdef CHECK_REWALK
	assert(what != REWALK);
#endif
#ifdef CHECK_FALLBACK
	assert(what != FALLBACK);
#endif
#ifdef OBSERVE
	print_event(what)
#else
	print("reader: that is a %e\n", what)
#endif
}

hidden byte gap, overlap, twice[NR_VMAS];

/* What is mapped before and after must be seen, and just once. */
inline judge_pages()
{
	gap = false;
	overlap = false;
	i = P0;
	do
	:: i < PEND ->
		nr = 0;
		j = 0;
		do
		:: j < nr_seen ->
			nr = nr + (seen_start[j] <= i &&
				   i < seen_end[j]);
			j++
		:: else -> break
		od;
		gap = gap || (nr == 0 && always_mapped(i));
		overlap = overlap || nr > 1;
		i++
	:: else -> break
	od
}

inline judge_vmas()
{
	i = 0;
	do
	:: i < NR_VMAS ->
		twice[i] = false;
		i++
	:: else -> break
	od;
	i = 0;
	do
	:: i < nr_seen ->
		j = 0;
		do
		:: j < i && seen[j] == seen[i] ->
			twice[seen[i]] = true;
			j++
		:: j < i && seen[j] != seen[i] -> j++
		:: else -> break
		od;
		i++
	:: else -> break
	od
}

inline judge()
{
	judge_pages();
	judge_vmas();
#ifdef CHECK_GAP
	assert(!gap);
#endif
#ifdef CHECK_OVERLAP
	assert(!overlap);
#endif
#ifdef CHECK_TWICE
	assert(!twice[CHECK_TWICE]);
#endif
#ifdef OBSERVE
	print_observation()
#else
	print("reader: end\n")
#endif
}

/* ---- the iterator: its variables are in read_maps() ------- */

inline iter_set(address)
{
	node[me] = 0;
	it_slot = 0;
	it_page = address
}

#define over (found != NOTHING || it_page == PEND)

/*
 * One slot of a look-up. Set to an address: the slot that holds it. At
 * a slot: the next one, by number. If the node was replaced since, the
 * one after the slot that now holds the remembered last page. That is
 * the last page of where the iterator was found or walked to: empty
 * slots on the way do not change it. The look-up is over where a VMA
 * is, and at the end.
 */
inline iter_visit(v)
{
	if
	:: node[me] == ALIVE -> nr = it_slot
	:: else -> slot_of(it_page)
	fi;
	/* Slot j; nr is the slot of stretch i. */
	j = nr + (node[me] != 0);
	i = P0;
	nr = 0;
	do
	:: i < PEND && nr < j ->
		nr = nr + (tree[i] != tree[i + 1]);
		i++
	:: else -> break
	od;
	v = tree[i];
	/* On to the last page of the slot. */
	do
	:: i < PEND && tree[i] == tree[i + 1] -> i++
	:: else -> break
	od;
	it_page = (node[me] == 0 || v != NOTHING || i == PEND -> i : it_page);
	node[me] = ALIVE;
	it_slot = nr;
	print("reader: look up: %e\n", v)
}

/* A whole look-up, where no writer can come between. */
inline iter_next(v)
{
	do
	:: iter_visit(v);
		if
		:: over -> break
		:: else
		fi
	od
}

/* ---- the steps of a reader -------------------------------- */

mtype:reader = {
	VERIFY_HOLES, SAMPLE_EARLY, SAMPLE_ONCE, VERIFY_ALWAYS, CLIPPED,
	SEQUENCE, FRESH_FALLBACK, UNVERIFIED, SMAPS_ROLLUP, MMAP_QUERY,
	MMAP_LOCK, FRESH_WALK, PROCMAP_QUERY, UPSTREAM
};
mtype:reader reader;

/* Each VMA by itself, or all under the mmap lock. */
#define queries (reader == PROCMAP_QUERY || gives_way)
#define gives_way (reader == MMAP_QUERY || reader == SMAPS_ROLLUP)
#define whole (reader == MMAP_LOCK || gives_way)

/* Repairs: set the iterator in step 2, and fall back where in doubt. */
#define sets (reader == FRESH_FALLBACK || reader == CLIPPED)
#define doubts (sets || reader == SEQUENCE)
#define clips (reader == CLIPPED || reader == SMAPS_ROLLUP)

/* Others: look again whatever the sequence says, or at the end. */
#define always (reader == VERIFY_ALWAYS || reader == VERIFY_HOLES)
#define verifies_end (reader == VERIFY_ALWAYS || reader == SAMPLE_ONCE || \
		      reader == SAMPLE_EARLY)

#define has_changed (sampled % 2 == 1 || sampled != mm_seq)

inline sample()
{
	if
	:: sets || (reader == SEQUENCE && (writer_in || has_changed)) ->
		iter_set(from)
	:: else
	fi;
	sampled = mm_seq;
	print("reader: sample %d\n", sampled)
}

/* What it knows of the sequence is of no account any more. */
inline forget_sample()
{
	sampled = (reader == SEQUENCE || reader == SAMPLE_ONCE ->
			sampled : 0)
}

inline report(v)
{
	seen[nr_seen] = v;
	seen_start[nr_seen] = (clips && vm_start[v] < from ->
				from : vm_start[v]);
	seen_end[nr_seen] = vm_end[v];
	nr_seen++;
	from = vm_end[v];
	print("reader: report [%e, %e) %e\n", vm_start[v], vm_end[v], v)
}

inline mmap_read_lock()
{
	!writer_in;
	mmap_readers++;
	print("reader: read-lock mmap\n")
}

/* From here on it is held, and not only looked up. */
inline vma_read_lock()
{
	vma_readers[found]++;
	held = found;
	found = NOTHING;
	print("reader: read-lock %e\n", held)
}

inline vma_read_unlock()
{
	vma_readers[held]--;
	print("reader: unlock %e\n", held);
	held = NOTHING
}

#define suspicious \
	(reader != UNVERIFIED && from < vm_start[held] && \
	 (always || has_changed))

/* On the way to the fallback. */
inline drop()
{
	happens(FALLBACK);
	found = NOTHING;
	sampled = 0;
	iter_set(from)
}

#ifdef OBSERVE
/*
 * Names by their numbers, which are in the declarations above. SPIN
 * does not take printf() for a use, and leaves what is not used out
 * of the state: so what is printed is copied first.
 */
inline print_number(n)
{
	nr = n;
	printf(" %d", nr)
}

inline print_event(what)
{
	printf("event");
	print_number(reader);
	print_number(left_side);
	print_number(right_side);
	print_number(what);
	printf("\n")
}

inline print_observation()
{
	printf("observed");
	print_number(reader);
	print_number(left_side);
	print_number(right_side);
	print_number(_pid);
	print_number(gap);
	print_number(overlap);
	i = 0;
	do
	:: i < nr_seen ->
		print_number(seen[i]);
		print_number(seen_start[i]);
		print_number(seen_end[i]);
		print_number(twice[seen[i]]);
		i++
	:: else -> break
	od;
	printf("\n")
}
#endif

/* The end of a read. What it knew is of no more account. */
inline finish()
{
	judge();
	do
	:: nr_seen > 0 ->
		nr_seen--;
		seen[nr_seen] = NOTHING;
		seen_start[nr_seen] = 0;
		seen_end[nr_seen] = 0
	:: else -> break
	od;
	from = P0;
	sampled = 0;
	iter_set(from)
}

/*
 * Each d_step and each atomic is one step, and all that it looks at
 * and decides is part of it. What is of no more account is set to 0,
 * as there would be more states otherwise. The braces are there for
 * SPIN does not take a goto to a d_step.
 */
proctype read_maps()
{
	mtype:page from = P0;	/* the position */
	mtype:vma found;	/* what was looked up */
	mtype:vma held;		/* what is read-locked */
	byte sampled;

	/*
	 * The iterator: set to the address it_page, or at a slot,
	 * number it_slot in its node, whose last page was in the
	 * stretch at it_page when it was read.
	 */
	byte it_slot;
	mtype:page it_page = P0;

	/* The observation. */
	byte nr_seen;
	mtype:vma seen[NR_PAGES];
	mtype:page seen_start[NR_PAGES], seen_end[NR_PAGES];

	if
	:: d_step { !whole; sample() } -> goto look_up
	:: d_step { whole && !writer_in; mmap_read_lock() } ->
		goto all_at_once
	fi;

unlock:
	/* 1. Unlock the last VMA. After a stop, or a query, begin anew. */
	if
	:: d_step { reader == SAMPLE_EARLY; sample() } -> goto unlock_late
	:: d_step { reader != SAMPLE_EARLY && !queries; vma_read_unlock() }
	:: d_step { vma_read_unlock(); iter_set(from); sampled = 0 } ->
		goto again
	fi;
	if
	:: reader == SAMPLE_ONCE -> goto look_up
	:: reader != SAMPLE_ONCE
	fi;

again:
	/* 2. Sample the lock sequence of the mm. */
	{ d_step { sample() } };

look_up:
	/* 3. Look up what comes next, slot by slot. */
	atomic {
		d_step { iter_visit(found) };
		if
		:: !over -> goto look_up
		:: over && found == NOTHING && (doubts || verifies_end) ->
			goto nothing
		:: d_step {
			over && found == NOTHING && !doubts && !verifies_end;
			finish()
		   } -> goto end_read
		:: over && found != NOTHING
		fi
	};

lock:
	/* 4. Lock it. If it was freed, it may be another VMA by now. */
	if
	:: d_step { write_locked(found); drop() } -> goto fall_back
	:: d_step {
		!write_locked(found) && !attached[found];
		happens(RETRY);
		found = NOTHING;
		sampled = 0;
		iter_set(from)
	   } -> goto again
	:: d_step { !write_locked(found) && attached[found]; vma_read_lock() }
@reuse@
	fi;

	/* 5a. Is it behind the position? */
	if
	:: from >= vm_end[held] -> goto let_go
	:: from < vm_end[held]
	fi;

	/* 5b. Is it ahead, and may something have changed? */
	if
	:: d_step { !suspicious; forget_sample() } -> goto reports
	:: suspicious && doubts -> goto let_go
	:: d_step {
		suspicious && !doubts;
		happens(REWALK);
		forget_sample();
		iter_set(from)
	   }
	fi;
	if
	:: d_step { reader == SAMPLE_ONCE; sample() }
	:: reader != SAMPLE_ONCE
	fi;
walk_again:
	atomic {
		d_step { iter_visit(found) };
		if
		:: !over -> goto walk_again
		:: over && found != held -> goto let_go
		:: d_step { over && found == held; found = NOTHING }
		fi
	};

reports:
	/* 6. Report it. */
	{ d_step {
		report(held);
		if
		:: reader == FRESH_WALK -> iter_set(from)
		:: else
		fi
	} };
	goto unlock;

unlock_late:
	/* Sampled first, and then unlocked, or stopped. */
	if
	:: d_step { vma_read_unlock() } -> goto look_up
	fi;

nothing:
	/* 3. Is that the end? */
	if
	:: d_step { !always && !has_changed; finish() } -> goto end_read
	:: d_step { doubts && has_changed; drop() } -> goto fall_back
	:: d_step { !doubts && (always || has_changed); iter_set(from) }
	fi;
look_again:
	atomic {
		d_step { iter_visit(found) };
		if
		:: !over -> goto look_again
		:: d_step { over && found == NOTHING; finish() } ->
			goto end_read
		:: over && found != NOTHING -> goto lock
		fi
	};

let_go:
	{ d_step { vma_read_unlock(); drop() } };

fall_back:
	/* Find it again under the mmap lock. */
	{ d_step { mmap_read_lock() } };
	atomic {
		d_step {
			iter_next(found);
			sampled = (reader == SAMPLE_ONCE -> mm_seq : 0)
		};
		if
		:: found == NOTHING -> goto nothing_left
		:: found != NOTHING
		fi
	};
	d_step {
		assert(!write_locked(found) && attached[found]);
		vma_read_lock()
	};
	d_step { mmap_read_unlock(); iter_set(vm_end[held]) };
	goto reports;

all_at_once:
	/* All under the mmap lock, but where the reader gives way. */
	atomic {
		d_step { iter_next(found) };
		if
		:: found == NOTHING -> goto nothing_left
		:: found != NOTHING
		fi
	};
	d_step { report(found); found = NOTHING };
	if
	:: !gives_way -> goto all_at_once
	:: d_step { gives_way; mmap_read_unlock(); iter_set(from) }
	fi;
	{ d_step { mmap_read_lock() } };
	goto all_at_once;

nothing_left:
	{ d_step { mmap_read_unlock(); finish() } };

end_read:
	false
}

inline place(v, start, end)
{
	vm_start[v] = start;
	vm_end[v] = end;
	put(v, start, end)
}

init {
	if
	:: reader = READER
#ifdef ALL
	:: reader = UPSTREAM
	:: reader = PROCMAP_QUERY
	:: reader = FRESH_WALK
	:: reader = MMAP_LOCK
	:: reader = MMAP_QUERY
	:: reader = SMAPS_ROLLUP
	:: reader = UNVERIFIED
	:: reader = FRESH_FALLBACK
	:: reader = SEQUENCE
	:: reader = CLIPPED
	:: reader = VERIFY_ALWAYS
	:: reader = SAMPLE_ONCE
	:: reader = SAMPLE_EARLY
	:: reader = VERIFY_HOLES
#endif
	fi;
@place@
	atomic {
		run change();
		run read_maps();
#if READERS > 1
		run read_maps()
#endif
	}
}
