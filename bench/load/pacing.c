#include "pacing.h"
#include "clock.h"
#include "memory.h"
#include "run.h"

void pacing_open(struct run *run) { run->pacing.text = allocate(1, run->options.payload); }

void pacing_begin(struct run *run, uint64_t messages) {
  const struct options *options = &run->options;
  struct pacing *pacing = &run->pacing;
  *pacing = (struct pacing){
      .kind = options->kind == LOAD_PACED ? PACING_PACED : PACING_CLOSED,
      .messages = messages,
      .begin = now_ns(),
      .interval = options->rate > 0 ? 1e9 / options->rate : 0,
      .window = options->window,
      .text = pacing->text,
  };
  for (uint32_t i = 0; i < run->crowd.sender_count; i++) run->crowd.senders[i].said = 0;
}

void pacing_end(struct run *run) {
  if (run->pacing.messages > run->pacing.next) run->pacing.messages = run->pacing.next;
}

static void say(struct run *run, struct connection *c, uint64_t planned) {
  uint32_t number = ledger_say(&run->ledger, c->number);
  text_write(run->pacing.text, run->options.payload, planned, number, c->number);
  c->said++;
  run->pacing.said++;
  if (c->allowance > 0) c->unanswered++;
  run->adapter->say(c, run->pacing.text, run->options.payload);
}

static uint64_t planned_at(const struct pacing *pacing, uint64_t index) {
  return pacing->begin + (uint64_t)((double)index * pacing->interval);
}

/** Senders take turns, so the n-th message of one is known, and with it when it was planned. */
static void say_owed(struct run *run, struct connection *c) {
  while (c->owed > 0 && connection_is_free(c)) {
    c->owed--;
    say(run, c, planned_at(&run->pacing, c->said * run->crowd.sender_count + c->number));
  }
}

static void step_paced(struct run *run) {
  struct pacing *pacing = &run->pacing;
  uint64_t now = now_ns();
  while (pacing->next < pacing->messages && planned_at(pacing, pacing->next) <= now) {
    struct connection *c = &run->crowd.senders[pacing->next % run->crowd.sender_count];
    pacing->next++;
    c->owed++;
    say_owed(run, c);
  }
}

/** The next sender in turn that can say something; NULL: none can. */
static struct connection *next_free(struct run *run) {
  for (uint32_t tried = 0; tried < run->crowd.sender_count; tried++) {
    struct connection *c = &run->crowd.senders[run->pacing.turn];
    if (++run->pacing.turn == run->crowd.sender_count) run->pacing.turn = 0;
    if (connection_is_free(c)) return c;
  }
  return NULL;
}

static void step_closed(struct run *run) {
  struct pacing *pacing = &run->pacing;
  const struct ledger *ledger = &run->ledger;
  if (pacing->said == pacing->messages || ledger->said - ledger->done >= pacing->window) return;
  uint64_t now = now_ns();
  while (pacing->said < pacing->messages && ledger->said - ledger->done < pacing->window) {
    struct connection *c = next_free(run);
    if (c == NULL) return;
    say(run, c, now);
  }
}

void pacing_step(struct run *run) {
  switch (run->pacing.kind) {
  case PACING_IDLE: return;
  case PACING_PACED: return step_paced(run);
  case PACING_CLOSED: return step_closed(run);
  }
}

uint64_t pacing_due(const struct run *run) {
  const struct pacing *pacing = &run->pacing;
  if (pacing->kind != PACING_PACED || pacing->next >= pacing->messages) return NEVER;
  return planned_at(pacing, pacing->next);
}

bool pacing_is_done(const struct run *run) { return run->pacing.said == run->pacing.messages; }

void pacing_freed(struct run *run, struct connection *c) {
  if (run->pacing.kind == PACING_PACED) say_owed(run, c);
}
