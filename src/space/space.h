/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The space: every configuration in which VMAs can stand to one another when an
 * operation comes, as far as Linux looks at it. Each is run on the simulator
 * and classified, and the catalogue's conditions are held against that.
 */
#ifndef VMATLAS_SPACE_H
#define VMATLAS_SPACE_H

#include "space/conditions.h"
#include "space/config.h"
#include "space/fixture.h"
#include "space/sweep.h"

#endif /* VMATLAS_SPACE_H */
