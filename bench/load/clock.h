// Time in nanoseconds: by the clock that nobody sets, and by what this process has used of its core.
#pragma once
#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND 1000000000ull
#define NEVER UINT64_MAX

static inline uint64_t clock_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

static inline uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

/** User and system time of this process. */
static inline uint64_t own_cpu_ns(void) { return clock_ns(CLOCK_PROCESS_CPUTIME_ID); }
