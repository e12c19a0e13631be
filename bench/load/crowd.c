#include "crowd.h"
#include "clock.h"
#include "memory.h"
#include "run.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/** Descriptors that are no connections. */
enum { OTHER_FILES = 16 };

static const uint64_t PROBE_EVERY_NS = 20 * 1000 * 1000;

static void raise_file_limit(uint32_t connections) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) give_up("getrlimit: %s", strerror(errno));
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) give_up("setrlimit: %s", strerror(errno));
  if (files.rlim_cur < (rlim_t)connections + OTHER_FILES)
    give_up("%u connections need as many open files; the system allows %llu", connections,
            (unsigned long long)files.rlim_cur);
}

static struct connection *add(struct run *run, struct connection *at, enum role role, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    at[i] = (struct connection){.run = run, .fd = -1, .role = role, .number = i, .room = i % run->options.rooms};
    if (role == ROLE_READER) at[i].reader = &run->ledger.readers[i];
  }
  return at + count;
}

void crowd_open(struct run *run) {
  const struct options *options = &run->options;
  struct crowd *crowd = &run->crowd;
  crowd->count = options->stopped + options->readers + options->senders;
  crowd->sender_count = options->senders;
  raise_file_limit(crowd->count);
  address_open(&crowd->address, options->host, options->port);
  // Letters that look like no other ones, nor like digits.
  static const char LETTERS[] = "bcdfghjkpqtvwxyz";
  uint64_t random = random_next(run);
  for (int i = 0; i < 3; i++) crowd->tag[i] = LETTERS[random >> (4 * i) & 15];
  crowd->all = allocate(crowd->count, sizeof *crowd->all);
  struct connection *end = add(run, crowd->all, ROLE_STOPPED, options->stopped);
  crowd->senders = add(run, end, ROLE_READER, options->readers);
  add(run, crowd->senders, ROLE_SENDER, options->senders);
}

void crowd_name(const struct connection *c, char *name) {
  static const char LETTERS[] = {[ROLE_READER] = 'r', [ROLE_SENDER] = 's', [ROLE_STOPPED] = 'x'};
  snprintf(name, 16, "%c%s%u", LETTERS[c->role], c->run->crowd.tag, c->number);
}

void crowd_room(const struct connection *c, char *name) {
  if (c->run->options.rooms == 1) snprintf(name, 80, "%s", c->run->options.room);
  else snprintf(name, 80, "%s-%u", c->run->options.room, c->room);
}

static void begin_join(struct connection *c) {
  c->stage = STAGE_JOINING;
  c->run->adapter->join(c);
}

static void join_all(struct run *run) {
  run->crowd.join_began = now_ns();
  for (uint32_t i = 0; i < run->crowd.count; i++) begin_join(&run->crowd.all[i]);
}

void crowd_taken(struct connection *c) {
  if (c->is_taken) return;
  c->is_taken = true;
  c->run->crowd.untaken--;
}

void crowd_greeted(struct connection *c) {
  struct run *run = c->run;
  crowd_taken(c);
  c->stage = STAGE_GREETED;
  run->crowd.greeted++;
  if (!run->options.join_at_once) return begin_join(c);
  run->crowd.under_way--;
  if (run->crowd.greeted == run->crowd.count) join_all(run);
}

void crowd_joined(struct connection *c) {
  struct crowd *crowd = &c->run->crowd;
  c->stage = STAGE_JOINED;
  if (!c->run->options.join_at_once) crowd->under_way--;
  if (++crowd->joined == crowd->count) crowd->join_ended = now_ns();
  if (c->role == ROLE_STOPPED) connection_forget(c);
}

void crowd_confirmed(struct connection *c) {
  if (c->stage != STAGE_JOINED) return;
  c->stage = STAGE_CONFIRMED;
  if (c->role == ROLE_READER) c->run->crowd.confirmed++;
}

static bool is_late(struct run *run, uint64_t deadline, uint32_t done, const char *what) {
  if (now_ns() < deadline) return false;
  failure_stop(&run->failure, "after %g s %u of %u connections %s", run->options.limit_seconds, done, run->crowd.count,
               what);
  return true;
}

/** Where no server confirms a join: somebody says something until everybody has heard it. */
static void probe_all(struct run *run, uint64_t deadline) {
  struct crowd *crowd = &run->crowd;
  while (crowd->confirmed < run->options.readers && !run->failure.is_final) {
    if (is_late(run, deadline, crowd->confirmed, "heard what was said")) return;
    run->adapter->probe(&crowd->senders[0]);
    uint64_t next = now_ns() + PROBE_EVERY_NS;
    while (now_ns() < next && crowd->confirmed < run->options.readers && !run->failure.is_final) loop_turn(run, next);
  }
}

static bool may_open(const struct run *run) {
  const struct crowd *crowd = &run->crowd;
  bool has_place = crowd->untaken < run->adapter->untaken_max && crowd->under_way < run->adapter->greetings_max;
  return has_place && crowd->opened < crowd->count && !run->failure.is_final;
}

void crowd_join(struct run *run) {
  struct crowd *crowd = &run->crowd;
  crowd->join_began = now_ns();
  uint64_t deadline = crowd->join_began + (uint64_t)(run->options.limit_seconds * 1e9);
  while (crowd->joined < crowd->count && !run->failure.is_final) {
    if (is_late(run, deadline, crowd->joined, "had joined")) return;
    while (may_open(run)) {
      crowd->untaken++;
      crowd->under_way++;
      connection_open(&crowd->all[crowd->opened++]);
    }
    loop_turn(run, deadline);
  }
  if (run->adapter->probe != NULL && crowd->sender_count > 0 && !run->failure.is_final) probe_all(run, deadline);
}
