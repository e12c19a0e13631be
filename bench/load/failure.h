// Why a run is worth nothing. The first reason is kept: what follows is mostly its consequence.
#pragma once
#include <stdbool.h>

struct failure {
  char reason[400]; // empty: none
  bool is_final;    // there is no sense in going on
};

/** Something was wrong; the run goes on, to count how much. */
void failure_note(struct failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Something was wrong, and the run is over. */
void failure_stop(struct failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** For what no run can go on without: said to whoever started us, exit code 2. */
_Noreturn void give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));
