// What the generator needs to know of a protocol. One file for each of them; everything else is the same for all.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct run;

struct adapter {
  const char *name;
  bool has_rooms;
  size_t payload_max;
  uint32_t untaken_max;   // so many may wait in the kernel for the server to take them
  uint32_t greetings_max; // so many wait to be greeted at one time
  /** Once, before the first connection: what is the same for all messages of this run. */
  void (*prepare)(struct run *run);
  /** The connection stands: say hello. Later the adapter calls crowd_greeted. */
  void (*greet)(struct connection *c);
  /** Enter the room. When the server has said that this is done the adapter calls crowd_joined. */
  void (*join)(struct connection *c);
  /** Deals with all whole units (frames, lines) of what came. @return how many bytes these were */
  size_t (*take)(struct connection *c, const uint8_t *data, size_t size);
  /** Puts one message into the connection's output. */
  void (*say)(struct connection *c, const char *text, size_t size);
  /** Only where the server does not confirm a join: something that is no message, to see who hears it.
      The adapter calls crowd_confirmed for whoever does. */
  void (*probe)(struct connection *c);
};

extern const struct adapter KENTONGAN, IRC, NATS, FRAMES;

/** NULL: there is no such protocol. */
const struct adapter *adapter_find(const char *name);
