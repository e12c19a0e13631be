// What the generator was asked to do.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How messages leave: at planned times, whatever becomes of them; at most so many under way; not at all. */
enum load_kind { LOAD_PACED, LOAD_CLOSED, LOAD_HOLD };

struct options {
  const char *protocol;
  const char *host; // IPv4
  uint16_t port;
  const char *room;
  uint32_t rooms;
  uint32_t readers;
  uint32_t senders;
  uint32_t stopped; // readers besides, who join and then never read
  size_t payload;
  enum load_kind kind;
  double rate;      // paced: messages a second in all
  double seconds;   // paced
  uint64_t window;  // closed: messages under way at most, in all
  uint64_t messages;
  uint64_t warm_up; // messages before the measured part
  double limit_seconds;
  bool join_at_once;
  bool until_stdin; // paced: not for so many seconds, but until standard input ends
};

/** Ends the program with a word and code 2 when they make no sense. */
struct options options_read(int count, char **words);
