#include "histogram.h"
#include <string.h>

void histogram_clear(struct histogram *histogram) { memset(histogram, 0, sizeof *histogram); }

/** The largest value that falls into a bucket. */
static uint64_t bucket_end(unsigned bucket) {
  const unsigned steps = 1u << HISTOGRAM_STEP_BITS;
  if (bucket < 2 * steps) return bucket;
  unsigned doubling = bucket / steps - 1;
  uint64_t first = (uint64_t)(bucket % steps + steps) << doubling;
  return first + ((1ull << doubling) - 1);
}

uint64_t histogram_quantile(const struct histogram *histogram, double part) {
  uint64_t rank = (uint64_t)((double)histogram->total * part);
  uint64_t seen = 0;
  for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
    seen += histogram->counts[bucket];
    if (seen > rank || (seen == histogram->total && seen > 0)) {
      uint64_t end = bucket_end(bucket);
      return end < histogram->max ? end : histogram->max;
    }
  }
  return 0;
}
