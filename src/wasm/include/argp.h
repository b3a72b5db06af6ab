/* SPDX-License-Identifier: GPL-2.0-only */
/* A page has no command line: only what headers mention of argp. */
#ifndef VMATLAS_WASM_ARGP_H
#define VMATLAS_WASM_ARGP_H

typedef int error_t;

struct argp;
struct argp_child {
	const struct argp *argp;
};

struct argp_option;

struct argp_state {
	void *input;
};

void argp_error(struct argp_state *state, const char *fmt, ...);

#endif /* VMATLAS_WASM_ARGP_H */
