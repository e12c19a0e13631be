#include "connection.h"
#include "address.h"
#include "clock.h"
#include "memory.h"
#include "run.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/** A sender with more output than this that the kernel does not take waits before it says more. */
enum { OUT_BYTES_MAX = 65536 };

const char *role_name(enum role role) {
  switch (role) {
  case ROLE_READER: return "reader";
  case ROLE_SENDER: return "sender";
  case ROLE_STOPPED: return "stopped reader";
  }
  return "connection";
}

static void refused(struct connection *c, int error) {
  failure_stop(&c->run->failure, "%s %u could not connect to %s port %u: %s", role_name(c->role), c->number,
               c->run->options.host, c->run->options.port, strerror(error));
}

static void connected(struct connection *c) {
  c->stage = STAGE_GREETING;
  loop_watch(&c->run->loop, c, EPOLLIN);
  c->run->adapter->greet(c);
}

void connection_open(struct connection *c) {
  int error = address_connect(&c->run->crowd.address, &c->fd);
  c->stage = STAGE_CONNECTING;
  if (error == 0) {
    loop_add(&c->run->loop, c, EPOLLIN);
    connected(c);
  } else if (error == EINPROGRESS) {
    loop_add(&c->run->loop, c, EPOLLOUT);
  } else {
    refused(c, error);
  }
}

static void cut_off(struct connection *c, const char *how) {
  struct run *run = c->run;
  loop_remove(&run->loop, c);
  close(c->fd);
  c->fd = -1;
  c->is_full = true;
  run->crowd.disconnected++;
  if (c->stage < STAGE_JOINED) {
    failure_stop(&run->failure, "%s %u was cut off before it had joined: %s", role_name(c->role), c->number, how);
  } else if (c->reader != NULL) {
    failure_stop(&run->failure, "reader %u was cut off after %llu messages: %s", c->number,
                 (unsigned long long)c->reader->heard, how);
  } else {
    failure_stop(&run->failure, "%s %u was cut off: %s", role_name(c->role), c->number, how);
  }
}

static void hold(struct connection *c, const uint8_t *data, size_t size) {
  if (size > c->held.capacity) {
    c->held.data = grow(c->held.data, size);
    c->held.capacity = size;
  }
  if (size > 0) memcpy(c->held.data, data, size);
  c->held.size = size;
}

/** Everything is read into one buffer, which stays in the core's cache, and looked at there. Only the piece of a unit
    at its end is put aside, and before the rest of it when that comes. */
static void receive(struct connection *c) {
  struct run *run = c->run;
  uint8_t *buffer = run->loop.buffer;
  size_t held = c->held.size;
  if (held > 0) memcpy(buffer, c->held.data, held);
  ssize_t got = recv(c->fd, buffer + held, LOOP_READ_BYTES, 0);
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) cut_off(c, strerror(errno));
    return;
  }
  if (got == 0) return cut_off(c, "the server ended the connection");
  crowd_taken(c);
  run->now = now_ns();
  uint64_t before = c->reader != NULL ? c->reader->heard : 0;
  size_t size = held + (size_t)got;
  size_t taken = run->adapter->take(c, buffer, size);
  hold(c, buffer + taken, size - taken);
  if (size - taken > UNIT_BYTES_MAX)
    failure_stop(&run->failure, "%s %u was sent something without an end", role_name(c->role), c->number);
  if (c->reader != NULL) ledger_rise(&run->ledger, c->reader, before);
}

static void finish_connecting(struct connection *c) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return refused(c, error);
  connected(c);
}

void connection_handle(struct connection *c, uint32_t events) {
  if (c->fd < 0) return;
  if (c->stage == STAGE_CONNECTING) return finish_connecting(c);
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(c);
  if (c->fd >= 0 && events & EPOLLOUT) connection_flush(c);
}

uint8_t *connection_space(struct connection *c, size_t size) {
  size_t needed = c->out.size + size;
  if (needed > c->out.capacity) {
    size_t capacity = needed * 2;
    c->out.data = grow(c->out.data, capacity);
    c->out.capacity = capacity;
  }
  return c->out.data + c->out.size;
}

void connection_wrote(struct connection *c, size_t size) {
  c->out.size += size;
  if (!c->is_dirty && !c->is_full) loop_mark_dirty(&c->run->loop, c);
}

void connection_write(struct connection *c, const void *data, size_t size) {
  memcpy(connection_space(c, size), data, size);
  connection_wrote(c, size);
}

void connection_flush(struct connection *c) {
  c->is_dirty = false;
  if (c->fd < 0) return;
  size_t left = c->out.size - c->out_sent;
  ssize_t sent = left == 0 ? 0 : send(c->fd, c->out.data + c->out_sent, left, MSG_NOSIGNAL);
  // What was said before the end explains it better than a failed write: the next read tells.
  if (sent < 0 && errno != EAGAIN && errno != EINTR) sent = (ssize_t)left;
  if (sent > 0) c->out_sent += (size_t)sent;
  bool was_full = c->is_full;
  c->is_full = c->out_sent < c->out.size;
  if (!c->is_full) c->out.size = c->out_sent = 0;
  if (c->is_full != was_full) loop_watch(&c->run->loop, c, c->is_full ? EPOLLIN | EPOLLOUT : EPOLLIN);
  if (was_full && !c->is_full) pacing_freed(c->run, c);
}

void connection_forget(struct connection *c) { loop_remove(&c->run->loop, c); }

bool connection_is_free(const struct connection *c) {
  bool may = c->allowance == 0 || c->unanswered < c->allowance;
  return may && !c->is_full && c->out.size < OUT_BYTES_MAX;
}

void connection_answered(struct connection *c) {
  if (c->unanswered == 0) {
    failure_stop(&c->run->failure, "sender %u was given an answer to nothing", c->number);
    return;
  }
  c->unanswered--;
  pacing_freed(c->run, c);
}
