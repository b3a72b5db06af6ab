// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checksums of the space, for who compares them: "RULES SWEEP SUM", a line each. With
 * --wide every sweep by the newest rules, which are the last: by all of them it would
 * be an hour.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "space/space.h"
#include "wasm/checksum.h"

int main(int argc, char **argv)
{
	bool wide = argc > 1 && !strcmp(argv[1], "--wide");

	for (unsigned int r = 0; r < nr_rule_sets; r++)
		for (unsigned int s = 0; s < NR_SWEEPS; s++)
			if (!s || (wide && r == nr_rule_sets - 1))
				printf("%u %u %016" PRIx64 "\n", r, s,
				       space_checksum(s, &rule_sets[r]));
	return 0;
}
