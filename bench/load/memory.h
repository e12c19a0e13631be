// Memory, or the end: a generator that has none can measure nothing.
#pragma once
#include "failure.h"
#include <stdlib.h>

/** Zeroed; never NULL, also for nothing. */
static inline void *allocate(size_t count, size_t size) {
  void *memory = calloc(count == 0 ? 1 : count, size);
  if (memory == NULL) give_up("no memory for %zu times %zu bytes", count, size);
  return memory;
}

static inline void *grow(void *memory, size_t size) {
  void *larger = realloc(memory, size);
  if (larger == NULL) give_up("no memory for %zu bytes", size);
  return larger;
}
