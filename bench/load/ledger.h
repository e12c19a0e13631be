// Who has heard what. Every reader has to hear every message of its room once, and those of one sender in order.
//
// A message carries its sender and its number; for each pair of reader and sender one number is kept, the next one.
// As long as it is the one that comes, that is all there is to do.
#pragma once
#include "failure.h"
#include "histogram.h"
#include "text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
  uint32_t number;
  uint32_t room;
  uint32_t *next; // by slot of the sender: the number that comes next
  uint64_t heard; // messages; those that were passed over count, too, so that a run goes on
};

/** What all readers of a room have heard, kept up to date at a cost that does not grow with their number. */
struct floor {
  uint64_t level; // so many messages each reader of the room has heard
  uint32_t *at;   // by messages heard, modulo the size: how many readers are there
};

/** A message that a reader was not given where it belonged. */
struct hole {
  uint32_t reader, sender, number;
};

enum { HOLES_MAX = 4096 };

struct ledger {
  struct failure *failure;
  struct histogram latency;
  uint32_t sample_mask; // a latency is noted when none of these bits is set in number + sender
  uint32_t rooms, senders, reader_count;
  struct reader *readers;
  uint32_t *slot_of; // by sender: its place among those of its room
  uint32_t *said_by; // by sender: messages
  uint64_t *said_in; // by room: messages
  uint64_t said;
  uint64_t done;        // messages that all readers of their room have; only with floors
  struct floor *floors; // by room; NULL: not kept
  uint64_t floor_mask;
  uint32_t straggler; // all readers before this one have heard everything
  struct hole *holes; // what is missing at present; the others were counted, but could not be kept
  uint32_t hole_count;
  uint64_t missing, doubled, disorder;
};

/** @param under_way at most so many messages may have been heard by some readers and not by others; 0: nobody asks */
void ledger_open(struct ledger *ledger, struct failure *failure, uint32_t rooms, uint32_t senders, uint32_t readers,
                 uint64_t under_way);

/** The number of the message that this sender says now. */
uint32_t ledger_say(struct ledger *ledger, uint32_t sender);

/** What is not as it should be: sorted, counted and told. */
void ledger_irregular(struct ledger *ledger, struct reader *reader, uint32_t sender, uint32_t number);

/** One reader hears one message. */
static inline void ledger_hear(struct ledger *ledger, struct reader *reader, const uint8_t *text, uint64_t now) {
  uint32_t sender = text_sender(text), number = text_number(text);
  uint32_t slot = sender < ledger->senders ? ledger->slot_of[sender] : UINT32_MAX;
  if (__builtin_expect(slot != UINT32_MAX && number == reader->next[slot] && number < ledger->said_by[sender], 1)) {
    reader->next[slot] = number + 1;
    reader->heard++;
    if (((number + sender) & ledger->sample_mask) == 0) histogram_add(&ledger->latency, now - text_planned(text));
  } else {
    ledger_irregular(ledger, reader, sender, number);
  }
}

/** A reader that had heard `before` has heard more: what all of its room have may have grown. */
void ledger_rise(struct ledger *ledger, const struct reader *reader, uint64_t before);

/** Everybody has heard everything that was said. */
bool ledger_is_complete(struct ledger *ledger);

/** What has been delivered to readers. */
uint64_t ledger_deliveries(const struct ledger *ledger);

/** What was said and has not come at all, known holes included. */
uint64_t ledger_missing(const struct ledger *ledger);
