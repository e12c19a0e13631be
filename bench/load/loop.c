#include "loop.h"
#include "clock.h"
#include "memory.h"
#include "run.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

/** Few at a time: between them the messages that are due in the meantime leave. */
enum { EVENTS_PER_TURN = 64 };

/** What is no connection, told apart by its address. */
static char TIMER, STDIN;

static void control(struct loop *loop, int action, int fd, uint32_t events, void *whose) {
  struct epoll_event event = {.events = events, .data.ptr = whose};
  if (epoll_ctl(loop->epoll, action, fd, &event) != 0) give_up("epoll_ctl: %s", strerror(errno));
}

void loop_open(struct loop *loop, uint32_t connections) {
  loop->epoll = epoll_create1(EPOLL_CLOEXEC);
  loop->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (loop->epoll < 0 || loop->timer < 0) give_up("no epoll or no timer: %s", strerror(errno));
  loop->timer_at = NEVER;
  loop->buffer = allocate(1, UNIT_BYTES_MAX + LOOP_READ_BYTES);
  loop->dirty = allocate(connections, sizeof(struct connection *));
  loop->dirty_capacity = connections;
  control(loop, EPOLL_CTL_ADD, loop->timer, EPOLLIN, &TIMER);
}

void loop_watch_stdin(struct loop *loop) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = &STDIN};
  // A file can not be watched: it is as good as at its end.
  if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0) loop->stdin_ended = true;
}

void loop_add(struct loop *loop, struct connection *c, uint32_t events) {
  control(loop, EPOLL_CTL_ADD, c->fd, events, c);
  c->is_watched = true;
}

void loop_watch(struct loop *loop, struct connection *c, uint32_t events) {
  if (c->is_watched) control(loop, EPOLL_CTL_MOD, c->fd, events, c);
}

void loop_remove(struct loop *loop, struct connection *c) {
  control(loop, EPOLL_CTL_DEL, c->fd, 0, NULL);
  c->is_watched = false;
}

void loop_mark_dirty(struct loop *loop, struct connection *c) {
  c->is_dirty = true;
  loop->dirty[loop->dirty_count++] = c; // once each: `is_dirty`
}

/** A timer of the kernel, since the timeout of epoll is in whole milliseconds. */
static void set_timer(struct loop *loop, uint64_t at) {
  if (at == loop->timer_at) return;
  struct itimerspec spec = {0};
  if (at != NEVER) spec.it_value = (struct timespec){(time_t)(at / NS_PER_SECOND), (long)(at % NS_PER_SECOND)};
  if (timerfd_settime(loop->timer, TFD_TIMER_ABSTIME, &spec, NULL) != 0) give_up("timerfd_settime: %s", strerror(errno));
  loop->timer_at = at;
}

static void drain_timer(struct loop *loop) {
  uint64_t expirations;
  if (read(loop->timer, &expirations, sizeof expirations) > 0) loop->timer_at = NEVER;
}

static void drain_stdin(struct loop *loop) {
  char word[256];
  ssize_t got = read(STDIN_FILENO, word, sizeof word);
  if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))) return;
  loop->stdin_ended = true;
  control(loop, EPOLL_CTL_DEL, STDIN_FILENO, 0, NULL);
}

static void flush(struct loop *loop) {
  for (uint32_t i = 0; i < loop->dirty_count; i++) connection_flush(loop->dirty[i]);
  loop->dirty_count = 0;
}

/** Waits until then, or until there is something to deal with. @return how much of it */
static int wait_for(struct loop *loop, struct epoll_event *events, uint64_t until) {
  int timeout = -1;
  if (until <= now_ns()) timeout = 0;
  else set_timer(loop, until);
  int count = epoll_wait(loop->epoll, events, EVENTS_PER_TURN, timeout);
  if (count < 0 && errno != EINTR) give_up("epoll_wait: %s", strerror(errno));
  return count;
}

void loop_turn(struct run *run, uint64_t deadline) {
  struct loop *loop = &run->loop;
  struct epoll_event events[EVENTS_PER_TURN];
  pacing_step(run);
  flush(loop);
  uint64_t due = pacing_due(run);
  int count = wait_for(loop, events, due < deadline ? due : deadline);
  for (int i = 0; i < count; i++) {
    void *whose = events[i].data.ptr;
    if (whose == &TIMER) drain_timer(loop);
    else if (whose == &STDIN) drain_stdin(loop);
    else connection_handle(whose, events[i].events);
  }
}
