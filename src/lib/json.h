/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists and objects of JSON. */
#ifndef VMATLAS_LIB_JSON_H
#define VMATLAS_LIB_JSON_H

#include <jansson.h>

/**
 * JSON_LIST_IF - a list with an element for some of so many things
 * @i: name of the variable that counts them, from 0
 * @nr: how many there are
 * @wanted: whether the list has the @i-th
 * @element: what it has for it, a new reference
 *
 * Return: A new reference.
 */
#define JSON_LIST_IF(i, nr, wanted, element)                                   \
	({                                                                     \
		json_t *list_ = json_array();                                  \
                                                                               \
		for (__typeof__((nr) + 0) i = 0; i < (nr); i++)                \
			if (wanted)                                            \
				json_array_append_new(list_, element);         \
		list_;                                                         \
	})

/* The same with an element for each. */
#define JSON_LIST(i, nr, element) JSON_LIST_IF(i, nr, true, element)

/**
 * JSON_OBJECT_IF - an object with a member for some of so many things
 * @i: name of the variable that counts them, from 0
 * @nr: how many there are
 * @wanted: whether the object has the @i-th
 * @key: what it is called
 * @value: what the object has for it, a new reference
 *
 * Return: A new reference.
 */
#define JSON_OBJECT_IF(i, nr, wanted, key, value)                              \
	({                                                                     \
		json_t *object_ = json_object();                               \
                                                                               \
		for (__typeof__((nr) + 0) i = 0; i < (nr); i++)                \
			if (wanted)                                            \
				json_object_set_new(object_, key, value);      \
		object_;                                                       \
	})

/* The same with a member for each. */
#define JSON_OBJECT(i, nr, key, value) JSON_OBJECT_IF(i, nr, true, key, value)

#endif /* VMATLAS_LIB_JSON_H */
