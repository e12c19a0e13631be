// Everything that a run consists of.
#pragma once
#include "adapter.h"
#include "connection.h"
#include "crowd.h"
#include "failure.h"
#include "ledger.h"
#include "loop.h"
#include "options.h"
#include "pacing.h"

struct run {
  struct options options;
  const struct adapter *adapter;
  struct failure failure;
  struct loop loop;
  struct crowd crowd;
  struct ledger ledger;
  struct pacing pacing;
  uint64_t now;    // when the bytes that are being looked at were read
  uint64_t random; // state of random_next
};

/** 64 bits that nobody else has: unique, not secret (splitmix64, Steele, Lea & Flood 2014). */
static inline uint64_t random_next(struct run *run) {
  uint64_t z = run->random += 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}
