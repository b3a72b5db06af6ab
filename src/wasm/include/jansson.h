/* SPDX-License-Identifier: GPL-2.0-only */
/* What what-if writes with jansson, which is not to be had for WebAssembly. */
#ifndef VMATLAS_WASM_JANSSON_H
#define VMATLAS_WASM_JANSSON_H

#include <stdbool.h>

typedef struct json json_t;
typedef long long json_int_t;

json_t *json_string(const char *text);
json_t *json_sprintf(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
json_t *json_null(void);
json_t *json_array(void);
int json_array_append_new(json_t *array, json_t *value);
int json_object_set_new(json_t *object, const char *key, json_t *value);

/* Of the formats: {, }, s, s?, o, b, I. */
json_t *json_pack(const char *fmt, ...);

/* The text of a value, which is dropped; for free(). */
char *json_text(json_t *value);

#endif /* VMATLAS_WASM_JANSSON_H */
