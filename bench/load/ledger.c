#include "ledger.h"
#include "memory.h"
#include <stdlib.h>

/** Some gigabytes of numbers are no load but a mistake. */
enum { PAIRS_MAX = 1 << 28 };

static void open_floors(struct ledger *ledger, uint64_t under_way) {
  uint64_t size = 1;
  while (size <= under_way) size *= 2;
  ledger->floor_mask = size - 1;
  ledger->floors = allocate(ledger->rooms, sizeof *ledger->floors);
  for (uint32_t room = 0; room < ledger->rooms; room++)
    ledger->floors[room].at = allocate(size, sizeof *ledger->floors[room].at);
  for (uint32_t i = 0; i < ledger->reader_count; i++) ledger->floors[ledger->readers[i].room].at[0]++;
}

void ledger_open(struct ledger *ledger, struct failure *failure, uint32_t rooms, uint32_t senders, uint32_t readers,
                 uint64_t under_way) {
  uint32_t slots = (senders + rooms - 1) / rooms;
  if ((uint64_t)slots * readers > PAIRS_MAX) give_up("%u readers of %u senders each are too many pairs", readers, slots);
  *ledger = (struct ledger){.failure = failure, .rooms = rooms, .senders = senders, .reader_count = readers};
  ledger->readers = allocate(readers, sizeof *ledger->readers);
  uint32_t *next = allocate((size_t)slots * readers, sizeof *next);
  for (uint32_t i = 0; i < readers; i++)
    ledger->readers[i] = (struct reader){.number = i, .room = i % rooms, .next = next + (size_t)i * slots};
  ledger->slot_of = allocate(senders, sizeof *ledger->slot_of);
  for (uint32_t i = 0; i < senders; i++) ledger->slot_of[i] = i / rooms;
  ledger->said_by = allocate(senders, sizeof *ledger->said_by);
  ledger->said_in = allocate(rooms, sizeof *ledger->said_in);
  ledger->holes = allocate(HOLES_MAX, sizeof *ledger->holes);
  if (under_way > 0) open_floors(ledger, under_way);
}

uint32_t ledger_say(struct ledger *ledger, uint32_t sender) {
  ledger->said++;
  ledger->said_in[sender % ledger->rooms]++;
  ledger->straggler = 0;
  return ledger->said_by[sender]++;
}

/** Numbers from the next one on up to this one were passed over. */
static void note_gap(struct ledger *ledger, struct reader *reader, uint32_t sender, uint32_t number) {
  uint32_t *next = &reader->next[ledger->slot_of[sender]];
  failure_note(ledger->failure, "reader %u was given message %u of sender %u when %u was next", reader->number, number,
               sender, *next);
  for (uint32_t lost = *next; lost != number; lost++) {
    ledger->missing++;
    if (ledger->hole_count < HOLES_MAX)
      ledger->holes[ledger->hole_count++] = (struct hole){reader->number, sender, lost};
  }
  reader->heard += number - *next + 1;
  *next = number + 1;
}

/** A number that has passed: either it fills a hole, or it was here before. */
static void note_repeat(struct ledger *ledger, const struct reader *reader, uint32_t sender, uint32_t number) {
  for (uint32_t i = 0; i < ledger->hole_count; i++) {
    struct hole hole = ledger->holes[i];
    if (hole.reader != reader->number || hole.sender != sender || hole.number != number) continue;
    ledger->holes[i] = ledger->holes[--ledger->hole_count];
    ledger->missing--;
    ledger->disorder++;
    return;
  }
  ledger->doubled++;
  failure_note(ledger->failure, "reader %u was given message %u of sender %u twice", reader->number, number, sender);
}

void ledger_irregular(struct ledger *ledger, struct reader *reader, uint32_t sender, uint32_t number) {
  bool is_known = sender < ledger->senders && number < ledger->said_by[sender];
  if (!is_known) {
    failure_stop(ledger->failure, "reader %u was given message %u of sender %u, which nobody has said", reader->number,
                 number, sender);
  } else if (sender % ledger->rooms != reader->room) {
    failure_stop(ledger->failure, "reader %u of room %u was given a message to room %u", reader->number, reader->room,
                 sender % ledger->rooms);
  } else if (number > reader->next[ledger->slot_of[sender]]) {
    note_gap(ledger, reader, sender, number);
  } else {
    note_repeat(ledger, reader, sender, number);
  }
}

void ledger_rise(struct ledger *ledger, const struct reader *reader, uint64_t before) {
  if (ledger->floors == NULL || reader->heard == before) return;
  struct floor *floor = &ledger->floors[reader->room];
  floor->at[before & ledger->floor_mask]--;
  floor->at[reader->heard & ledger->floor_mask]++;
  // Nobody is left at the floor: it is the next one up. Somebody is at the top, or at what was said: it ends.
  while (floor->at[floor->level & ledger->floor_mask] == 0 && floor->level < ledger->said_in[reader->room]) {
    floor->level++;
    ledger->done++;
  }
}

bool ledger_is_complete(struct ledger *ledger) {
  // Whoever has everything keeps it until more is said: nobody is looked at twice in between.
  for (; ledger->straggler < ledger->reader_count; ledger->straggler++) {
    const struct reader *reader = &ledger->readers[ledger->straggler];
    if (reader->heard < ledger->said_in[reader->room]) return false;
  }
  return true;
}

uint64_t ledger_deliveries(const struct ledger *ledger) {
  uint64_t heard = 0;
  for (uint32_t i = 0; i < ledger->reader_count; i++) heard += ledger->readers[i].heard;
  return heard - ledger->missing;
}

uint64_t ledger_missing(const struct ledger *ledger) {
  uint64_t missing = ledger->missing;
  for (uint32_t i = 0; i < ledger->reader_count; i++) {
    const struct reader *reader = &ledger->readers[i];
    missing += ledger->said_in[reader->room] - reader->heard;
  }
  return missing;
}
