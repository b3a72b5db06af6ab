// SPDX-License-Identifier: GPL-2.0-only
/* All suites in one program. CK_RUN_SUITE=model runs one of them. */
#include <stdlib.h>

#include "tests.h"

static Suite *(*const suites[])(void) = {
	suite_model,	 suite_failures, suite_catalog,	     suite_space,
	suite_oracle,	 suite_reader,	 suite_report,	     suite_emit,
	suite_graph,	 suite_rst,	 suite_reader_pages, suite_kernel_pages,
	suite_promela,	 suite_vma_test, suite_page,	     suite_merge,
	suite_kselftest, suite_race,	 suite_process,	     suite_replay,
	suite_cmd,	 suite_live,	 suite_reach,	     suite_syscall,
	suite_random,	 suite_what_if,
};

bool in_sample(size_t i, size_t nr)
{
	const char *seed = getenv("SEED"), *full = getenv("FULL");

	return (full && *full) ||
	       (i + (seed ? strtoul(seed, NULL, 0) : 0)) % nr == 0;
}

int main(void)
{
	SRunner *sr = srunner_create(NULL);
	int failed;

	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		srunner_add_suite(sr, suites[i]());
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
