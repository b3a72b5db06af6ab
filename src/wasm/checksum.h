/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the simulator is the same wherever it was compiled to. */
#ifndef VMATLAS_WASM_CHECKSUM_H
#define VMATLAS_WASM_CHECKSUM_H

#include <stdint.h>

#include "model/rules.h"

/**
 * space_checksum - of all that comes of every configuration of a sweep
 * @sweep: index in sweeps[]
 * @rules: the rule set
 *
 * In it are the configuration, the error, every kernel call with its refusals,
 * every step, and the VMAs that there are in the end.
 *
 * Return: The checksum.
 */
uint64_t space_checksum(unsigned int sweep, const struct rules *rules);

#endif /* VMATLAS_WASM_CHECKSUM_H */
