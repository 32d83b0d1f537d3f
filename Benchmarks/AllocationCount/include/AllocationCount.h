#ifndef TSQ_ALLOCATION_COUNT_H
#define TSQ_ALLOCATION_COUNT_H

/// How often this process asked for memory so far: malloc, calloc, realloc and the aligned forms.
///
/// The executable that links this has its own malloc, which counts and passes on to glibc's.
unsigned long allocation_count(void);

#endif
