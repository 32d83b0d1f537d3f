#ifndef TSQ_CRE2_H
#define TSQ_CRE2_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// A compiled expression of RE2, for UTF-8; a dot matches newlines too. May be used by many threads at once.
typedef struct tsq_regex tsq_regex;

// Compiles `length` bytes. NULL where they are no expression: then `reason` holds why, cut to `reason_size`
// bytes with the zero at its end.
tsq_regex *tsq_regex_make(const char *pattern, size_t length, char *reason, size_t reason_size);
void tsq_regex_free(tsq_regex *regex);

// Whether the whole of a text matches: 1 or 0. Takes time linear in the text, whatever the expression.
int tsq_regex_matches(const tsq_regex *regex, const char *text, size_t length);

// The same with where its groups lie: group 0 is the text itself. `starts` and `ends` have room for `count` groups;
// -1 for one that took no part.
int tsq_regex_groups(
    const tsq_regex *regex, const char *text, size_t length, ptrdiff_t *starts, ptrdiff_t *ends, size_t count);

// How many groups there are besides group 0.
size_t tsq_regex_group_count(const tsq_regex *regex);

// The number of the group of a name, or -1.
ptrdiff_t tsq_regex_group_number(const tsq_regex *regex, const char *name, size_t length);

#ifdef __cplusplus
}
#endif

#endif
