/* SPDX-License-Identifier: GPL-2.0-only */
/* A page has one thread: whoever would start another does its work alone. */
#ifndef VMATLAS_WASM_PTHREAD_H
#define VMATLAS_WASM_PTHREAD_H

#include <errno.h>

typedef int pthread_t;
typedef int pthread_mutex_t;

#define PTHREAD_MUTEX_INITIALIZER 0
#define pthread_create(thread, attr, run, data)                                \
	((void)(thread), (void)(run), (void)(data), EAGAIN)
#define pthread_join(thread, result) ((void)(thread), 0)
#define pthread_mutex_lock(mutex) ((void)(mutex), 0)
#define pthread_mutex_unlock(mutex) ((void)(mutex), 0)

#endif /* VMATLAS_WASM_PTHREAD_H */
