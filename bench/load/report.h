// What a run has shown: one line of JSON.
#pragma once
#include <stdint.h>

struct run;

/** What there was at the begin of the measured part, and what it took. */
struct measured {
  uint64_t begin, end; // CLOCK_MONOTONIC, ns
  uint64_t cpu;        // of this process, ns
  uint64_t said, heard;
};

void report_print(const struct run *run, const struct measured *measured);
