// Everybody: made, connected, joined.
#pragma once
#include "address.h"
#include "connection.h"
#include <stdint.h>

struct run;

struct crowd {
  struct address address;
  struct connection *all; // stopped readers, readers, senders
  struct connection *senders;
  uint32_t count, sender_count;
  uint32_t opened, untaken, under_way, greeted, joined, confirmed;
  uint32_t disconnected;
  uint64_t join_began, join_ended;
  char tag[4]; // part of every name: who a run before this one has left behind keeps its name for a while
};

void crowd_open(struct run *run);

/** Connects and joins all. Check the failure afterwards. */
void crowd_join(struct run *run);

/** A name of at most 9 ASCII bytes, which every protocol takes. @param name room for 16 */
void crowd_name(const struct connection *c, char *name);

/** The room of a connection. @param name room for 80 */
void crowd_room(const struct connection *c, char *name);

/** The server has said something to this one. */
void crowd_taken(struct connection *c);

/** What adapters tell: the server knows this one, this one is in the room, this one hears it. */
void crowd_greeted(struct connection *c);
void crowd_joined(struct connection *c);
void crowd_confirmed(struct connection *c);
