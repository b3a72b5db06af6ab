/* SPDX-License-Identifier: GPL-2.0-only */
/* Included first everywhere: what glibc declares, and this C library does not. */
#ifndef VMATLAS_WASM_GLIBC_H
#define VMATLAS_WASM_GLIBC_H

const char *strerrorname_np(int err);

/* Pages of its own are all that a page has. */
#define madvise(start, len, advice) ((void)(start), (void)(len), 0)

#endif /* VMATLAS_WASM_GLIBC_H */
