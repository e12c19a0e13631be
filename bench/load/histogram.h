// How often which latency occurred. Buckets grow with the value: 64 for each doubling, so a quantile is at most
// 1/64 too high, over the whole range of 64 bits and in a few kilobytes.
#pragma once
#include <stdint.h>

enum { HISTOGRAM_STEP_BITS = 6, HISTOGRAM_BUCKETS = (64 - HISTOGRAM_STEP_BITS + 1) << HISTOGRAM_STEP_BITS };

struct histogram {
  uint64_t counts[HISTOGRAM_BUCKETS];
  uint64_t total;
  uint64_t max;
};

static inline unsigned histogram_bucket(uint64_t value) {
  const uint64_t steps = 1u << HISTOGRAM_STEP_BITS;
  if (value < steps) return (unsigned)value;
  unsigned doubling = 63 - (unsigned)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;
  // Of the bits from the highest on these say the bucket; the highest itself is always set.
  return (unsigned)((doubling << HISTOGRAM_STEP_BITS) + (value >> doubling));
}

static inline void histogram_add(struct histogram *histogram, uint64_t value) {
  histogram->counts[histogram_bucket(value)]++;
  histogram->total++;
  if (value > histogram->max) histogram->max = value;
}

void histogram_clear(struct histogram *histogram);

/** The value that so many of one (0.5: half) do not exceed; 0 when nothing was counted. */
uint64_t histogram_quantile(const struct histogram *histogram, double part);
