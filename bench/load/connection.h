// One connection: bytes in, bytes out, and whose it is.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run;
struct reader;

/** What a connection is for. A sender reads, too, but what it reads is not counted. */
enum role { ROLE_READER, ROLE_SENDER, ROLE_STOPPED };

/** How far it has come. */
enum stage { STAGE_NEW, STAGE_CONNECTING, STAGE_GREETING, STAGE_GREETED, STAGE_JOINING, STAGE_JOINED, STAGE_CONFIRMED };

struct bytes {
  uint8_t *data;
  size_t size, capacity;
};

struct connection {
  struct run *run;
  struct reader *reader; // NULL: not counted
  int fd;
  enum role role;
  enum stage stage;
  uint32_t number; // among those of its role
  uint32_t room;
  struct bytes held; // the beginning of a unit whose end has not come yet
  struct bytes out;
  size_t out_sent; // of `out`
  bool is_taken;   // the server has said something, so it has accepted it
  bool is_dirty;   // has output that this turn has not tried to send yet
  bool is_full;    // the kernel takes no more at present
  bool is_watched; // whatever comes is dealt with
  // What only senders have.
  uint64_t said;       // messages, in this phase
  uint64_t owed;       // messages whose time has come, but that could not be said yet
  uint32_t unanswered; // messages for which the server has to answer, and has not
  uint32_t allowance;  // of these at most; 0: the protocol has no answers
};

/** The longest unit of any protocol: a frame of ours with its prefix. */
enum { UNIT_BYTES_MAX = 65540 };

const char *role_name(enum role role);

/** Starts to connect. Ends the run when that is impossible. */
void connection_open(struct connection *c);

/** What epoll says of it. */
void connection_handle(struct connection *c, uint32_t events);

/** Room for output; connection_wrote says how much of it was used. It leaves at the end of the turn. */
uint8_t *connection_space(struct connection *c, size_t size);
void connection_wrote(struct connection *c, size_t size);
void connection_write(struct connection *c, const void *data, size_t size);

/** Hands the output to the kernel, as far as it takes it. */
void connection_flush(struct connection *c);

/** From now on it stays open, and nothing of it is ever read again. */
void connection_forget(struct connection *c);

/** It can say one more message now. */
bool connection_is_free(const struct connection *c);

/** The server has answered for one of its messages. */
void connection_answered(struct connection *c);
