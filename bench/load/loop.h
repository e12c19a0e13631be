// The turn of the loop: say what is due; send; wait until something can be read or said; deal with it.
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct run;
struct connection;

/** One read: some hundred small messages, and little enough to stay in a core's cache. */
enum { LOOP_READ_BYTES = 256 * 1024 };

struct loop {
  int epoll, timer;
  uint64_t timer_at;          // what the timer is set to; NEVER: nothing
  uint8_t *buffer;            // what was held of a unit, and a read behind it
  struct connection **dirty;  // those with output
  uint32_t dirty_count, dirty_capacity;
  bool stdin_ended;
};

void loop_open(struct loop *loop, uint32_t connections);
void loop_watch_stdin(struct loop *loop);

void loop_add(struct loop *loop, struct connection *c, uint32_t events);
void loop_watch(struct loop *loop, struct connection *c, uint32_t events);
void loop_remove(struct loop *loop, struct connection *c);
void loop_mark_dirty(struct loop *loop, struct connection *c);

/** Waits until this time at most. */
void loop_turn(struct run *run, uint64_t deadline);
