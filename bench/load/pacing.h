// When which sender says the next message.
//
// Paced: message k is planned for the begin + k / rate, whatever became of those before it, and its latency counts
// from then: a server that stalls does not slow down who measures it (no coordinated omission).
// Closed: at most a window of messages is under way; when one is done the next one leaves.
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct run;
struct connection;

enum pacing_kind { PACING_IDLE, PACING_PACED, PACING_CLOSED };

struct pacing {
  enum pacing_kind kind;
  uint64_t messages; // of this phase
  uint64_t begin;
  double interval; // paced: ns
  uint64_t next;   // paced: the messages whose time has come
  uint64_t said;   // of this phase
  uint64_t window; // closed
  uint32_t turn;   // closed: whose turn it is
  char *text;
};

void pacing_open(struct run *run);

/** Begins a phase of so many messages, now. */
void pacing_begin(struct run *run, uint64_t messages);

/** What was planned is all; what is due is still said. */
void pacing_end(struct run *run);

/** Says all that is due. */
void pacing_step(struct run *run);

/** When something is due next. */
uint64_t pacing_due(const struct run *run);

/** Everything of this phase has been said. */
bool pacing_is_done(const struct run *run);

/** This one may say more than before. */
void pacing_freed(struct run *run, struct connection *c);
