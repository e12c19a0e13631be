// The load generator: many clients of a chat server in one process, and what they notice.
//
//   adapter.h      what differs between protocols: kentongan.c, irc.c, nats.c, frames.c
//   crowd.h        everybody connects and joins
//   pacing.h       when messages leave
//   ledger.h       who has heard what: nothing lost, doubled, or in another order
//   connection.h   bytes in, bytes out
//   loop.h         one thread, one loop
//
// Its own cost must not decide what is measured: it is told ("busy"), and a run in which it is high is worth nothing.
#include "clock.h"
#include "marks.h"
#include "memory.h"
#include "report.h"
#include "run.h"
#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

/** A closed load to many readers delivers millions a second: of so many messages one is timed, at every reader. */
enum { CLOSED_SAMPLE = 16 };

static uint32_t sample_mask_for(const struct options *options) {
  bool is_many = options->kind == LOAD_CLOSED && options->readers / options->rooms > CLOSED_SAMPLE;
  return is_many ? CLOSED_SAMPLE - 1 : 0;
}

static void show_progress(struct run *run) {
  static uint64_t next;
  uint64_t now = now_ns();
  if (now < next || !isatty(STDERR_FILENO)) return;
  next = now + NS_PER_SECOND / 2;
  fprintf(stderr, "\r%u joined, %" PRIu64 " said, %" PRIu64 " delivered ", run->crowd.joined, run->ledger.said,
          ledger_deliveries(&run->ledger));
}

static void fail_late(struct run *run, const char *phase) {
  failure_stop(&run->failure, "%s was not over %g s after its time: %" PRIu64 " of %" PRIu64 " messages said, %" PRIu64
               " deliveries missing", phase, run->options.limit_seconds, run->pacing.said, run->pacing.messages,
               ledger_missing(&run->ledger));
}

/** Says so many messages, and waits until everybody has them. */
static void do_phase(struct run *run, uint64_t messages, const char *phase) {
  pacing_begin(run, messages);
  uint64_t limit = (uint64_t)(run->options.limit_seconds * 1e9);
  uint64_t deadline = run->pacing.begin + (uint64_t)((double)messages * run->pacing.interval) + limit;
  while (!(pacing_is_done(run) && ledger_is_complete(&run->ledger)) && !run->failure.is_final) {
    loop_turn(run, deadline);
    show_progress(run);
    if (now_ns() >= deadline) return fail_late(run, phase);
  }
}

/** The same without an end, until somebody says so. */
static void do_until_stdin(struct run *run) {
  loop_watch_stdin(&run->loop);
  pacing_begin(run, UINT64_MAX);
  uint64_t deadline = NEVER;
  while (!(pacing_is_done(run) && ledger_is_complete(&run->ledger)) && !run->failure.is_final) {
    loop_turn(run, deadline);
    show_progress(run);
    if (run->loop.stdin_ended && deadline == NEVER) {
      pacing_end(run);
      deadline = now_ns() + (uint64_t)(run->options.limit_seconds * 1e9);
    }
    if (now_ns() >= deadline) return fail_late(run, "the measured part");
  }
}

static void hold(struct run *run) {
  puts("ready");
  fflush(stdout);
  loop_watch_stdin(&run->loop);
  while (!run->loop.stdin_ended && !run->failure.is_final) loop_turn(run, NEVER);
}

static void do_load(struct run *run) {
  const struct options *options = &run->options;
  if (options->kind == LOAD_HOLD) hold(run);
  else if (options->until_stdin) do_until_stdin(run);
  else if (options->kind == LOAD_PACED) do_phase(run, (uint64_t)(options->rate * options->seconds), "the measured part");
  else do_phase(run, options->messages, "the measured part");
}

static struct measured measure(struct run *run, const struct marks *marks) {
  if (run->failure.is_final) return (struct measured){0};
  bool has_marks = run->options.kind != LOAD_HOLD;
  if (has_marks) marks_say(marks, "begin");
  histogram_clear(&run->ledger.latency);
  uint64_t said = run->ledger.said, heard = ledger_deliveries(&run->ledger);
  uint64_t cpu = own_cpu_ns(), begin = now_ns();
  do_load(run);
  struct measured measured = {.begin = begin, .end = now_ns(), .cpu = own_cpu_ns() - cpu};
  if (has_marks) marks_say(marks, "end");
  measured.said = run->ledger.said - said;
  measured.heard = ledger_deliveries(&run->ledger) - heard;
  return measured;
}

static void prepare(struct run *run, int count, char **words) {
  run->options = options_read(count, words);
  const struct options *options = &run->options;
  run->adapter = adapter_find(options->protocol);
  if (getrandom(&run->random, sizeof run->random, 0) != sizeof run->random) give_up("the system has no random bytes");
  uint64_t under_way = options->kind == LOAD_CLOSED ? options->window : 0;
  ledger_open(&run->ledger, &run->failure, options->rooms, options->senders, options->readers, under_way);
  run->ledger.sample_mask = sample_mask_for(options);
  crowd_open(run);
  loop_open(&run->loop, run->crowd.count);
  pacing_open(run);
  run->adapter->prepare(run);
}

int main(int count, char **words) {
  static struct run run;
  struct marks marks = marks_find();
  prepare(&run, count, words);
  crowd_join(&run);
  if (run.options.warm_up > 0 && run.options.kind != LOAD_HOLD && !run.failure.is_final)
    do_phase(&run, run.options.warm_up, "the warm-up");
  struct measured measured = measure(&run, &marks);
  if (ledger_missing(&run.ledger) > 0) failure_note(&run.failure, "messages are missing");
  report_print(&run, &measured);
  return run.failure.reason[0] == '\0' ? 0 : 1;
}
