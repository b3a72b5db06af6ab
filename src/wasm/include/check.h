/* SPDX-License-Identifier: GPL-2.0-only */
/* A page runs no tests: only what headers mention of Check. */
#ifndef VMATLAS_WASM_CHECK_H
#define VMATLAS_WASM_CHECK_H

typedef struct Suite Suite;
typedef struct SRunner SRunner;

#endif /* VMATLAS_WASM_CHECK_H */
