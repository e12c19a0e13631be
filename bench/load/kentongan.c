// The protocol of this project, over plain TCP: a small client of docs/protocol.md, from which the rules (KTG) are.
//
// What it does as every client has to: one Hello with a secret of its own, a Join, an id for every message, at most
// `in_flight` of them without an answer, and a Pong for every Ping when all before it has been dealt with.
// What it leaves out: it never reconnects and never sends again. Whatever would ask for that fails the run.
#include "clock.h"
#include "framing.h"
#include <inttypes.h>

enum frame_field { FRAME_JOIN = 1, FRAME_CHAT = FIELD_CHAT, FRAME_SYSTEM = 4, FRAME_REF = 8, FRAME_ROOM = 9, FRAME_ID = 11 };
enum system_kind {
  SYSTEM_PING = 1,
  SYSTEM_PONG = 2,
  SYSTEM_STORED = 3,
  SYSTEM_FAULT = 4,
  SYSTEM_HELLO = 16,
  SYSTEM_WELCOME = 19,
  SYSTEM_DRAINING = 20,
  SYSTEM_JOINED = 32,
  SYSTEM_ROSTER = 33,
  SYSTEM_LEFT = 34,
  SYSTEM_GAP = 35,
};
enum { HELLO_MIN = 1, HELLO_MAX = 2, HELLO_NAME = 4, HELLO_SECRET = 5, HELLO_SOFTWARE = 10 };
enum { WELCOME_LIMITS = 8, LIMITS_IN_FLIGHT = 4, LIMITS_RATE = 5 };
enum { FAULT_CODE = 1, FAULT_TEXT = 7, ROSTER_LAST = 4, MODE_MEMBER = 1, JOIN_MODE = 3 };
enum { NONCE_BYTES = 8, ID_BYTES = 16, SECRET_BYTES = 32, REQUEST_BYTES_MAX = 256 };

static struct chat_head chat_head;

static void prepare(struct run *run) { chat_head = chat_head_of(run->options.payload); }

/** A frame with its prefix. */
static void write_frame(struct connection *c, const uint8_t *payload, size_t size) {
  uint8_t *at = connection_space(c, PREFIX_BYTES + size);
  put_prefix(at, size);
  memcpy(at + PREFIX_BYTES, payload, size);
  connection_wrote(c, PREFIX_BYTES + size);
}

static void write_system(struct connection *c, enum system_kind kind, const uint8_t *message, size_t size) {
  uint8_t system[REQUEST_BYTES_MAX], payload[REQUEST_BYTES_MAX];
  size_t inner = (size_t)(put_bytes(system, kind, message, size) - system);
  write_frame(c, payload, (size_t)(put_bytes(payload, FRAME_SYSTEM, system, inner) - payload));
}

static void greet(struct connection *c) {
  static const char SOFTWARE[] = "kentongan-bench/1";
  char name[16];
  crowd_name(c, name);
  uint64_t secret[SECRET_BYTES / sizeof(uint64_t)];
  for (size_t i = 0; i < sizeof secret / sizeof *secret; i++) secret[i] = random_next(c->run);
  uint8_t hello[REQUEST_BYTES_MAX / 2];
  uint8_t *at = put_number(hello, HELLO_MIN, 1);
  at = put_number(at, HELLO_MAX, 1);
  at = put_bytes(at, HELLO_NAME, name, strlen(name));
  at = put_bytes(at, HELLO_SECRET, secret, sizeof secret);
  at = put_bytes(at, HELLO_SOFTWARE, SOFTWARE, sizeof SOFTWARE - 1);
  write_system(c, SYSTEM_HELLO, hello, (size_t)(at - hello));
}

static void join(struct connection *c) {
  char room[80];
  crowd_room(c, room);
  uint8_t payload[REQUEST_BYTES_MAX], mode[8];
  size_t size = (size_t)(put_number(mode, JOIN_MODE, MODE_MEMBER) - mode);
  uint8_t *at = put_bytes(payload, FRAME_JOIN, mode, size);
  at = put_bytes(at, FRAME_ROOM, room, strlen(room));
  write_frame(c, payload, (size_t)(at - payload));
}

/** A UUIDv7 (RFC 9562): milliseconds, then random bits (KTG-9.1). */
static void put_id(struct run *run, uint8_t *id) {
  uint64_t milliseconds = clock_ns(CLOCK_REALTIME) / 1000000;
  uint64_t high = milliseconds << 16 | 0x7000 | (random_next(run) & 0x0fff);
  uint64_t low = 0x8000000000000000ull | random_next(run) >> 2;
  high = htobe64(high);
  low = htobe64(low);
  memcpy(id, &high, sizeof high);
  memcpy(id + sizeof high, &low, sizeof low);
}

static void say(struct connection *c, const char *text, size_t size) {
  char room[80];
  uint8_t id[ID_BYTES];
  crowd_room(c, room);
  put_id(c->run, id);
  // A number for each of those without an answer, and not 0: then a Stored comes (KTG-5.6, KTG-5.13, KTG-9.6).
  uint32_t ref = (uint32_t)c->said;
  uint8_t *begin = connection_space(c, size + REQUEST_BYTES_MAX);
  uint8_t *at = put_head(begin + PREFIX_BYTES, FRAME_CHAT, 1 + varint_size(size) + size);
  at = put_bytes(at, CHAT_TEXT, text, size);
  at = put_number(at, FRAME_REF, ref == 0 ? UINT32_MAX : ref);
  at = put_bytes(at, FRAME_ROOM, room, strlen(room));
  at = put_bytes(at, FRAME_ID, id, sizeof id);
  put_prefix(begin, (size_t)(at - begin) - PREFIX_BYTES);
  connection_wrote(c, (size_t)(at - begin));
}

/** All before it has been dealt with: that is the order in which frames are taken (KTG-11.4). */
static void on_ping(struct connection *c, struct message ping) {
  struct field nonce = find_field(ping, 1);
  if (nonce.type != WIRE_BYTES || nonce.part.end - nonce.part.at != NONCE_BYTES) {
    failure_stop(&c->run->failure, "%s %u was sent a Ping without a nonce of 8 bytes", role_name(c->role), c->number);
    return;
  }
  uint8_t pong[2 + NONCE_BYTES];
  put_bytes(pong, 1, nonce.part.at, NONCE_BYTES);
  write_system(c, SYSTEM_PONG, pong, sizeof pong);
}

static void on_welcome(struct connection *c, struct message welcome) {
  struct message limits = find_field(welcome, WELCOME_LIMITS).part;
  uint64_t in_flight = find_field(limits, LIMITS_IN_FLIGHT).value, rate = find_field(limits, LIMITS_RATE).value;
  // KTG-11.12; a rate of 0 is no limit.
  uint64_t most = rate > 0 && rate < in_flight ? rate : in_flight;
  if (c->role == ROLE_SENDER) c->allowance = most > UINT32_MAX ? UINT32_MAX : (uint32_t)(most > 0 ? most : 1);
  crowd_greeted(c);
}

static void on_fault(struct connection *c, struct message fault) {
  struct message text = find_field(fault, FAULT_TEXT).part;
  failure_stop(&c->run->failure, "%s %u was refused: fault %" PRIu64 ", %.*s", role_name(c->role), c->number,
               find_field(fault, FAULT_CODE).value, (int)(text.end - text.at), text.at != NULL ? (const char *)text.at : "");
}

static void on_end(struct connection *c, const char *what) {
  failure_stop(&c->run->failure, "%s %u was sent a %s", role_name(c->role), c->number, what);
}

/** Who has come in is there when the list of those who are there is complete. */
static void on_roster(struct connection *c, struct message roster) {
  if (c->stage == STAGE_JOINING && find_field(roster, ROSTER_LAST).value == 1) crowd_joined(c);
}

static void on_system(struct connection *c, struct message system) {
  struct field kind;
  if (!take_field(&system, &kind) || kind.type != WIRE_BYTES) return;
  switch (kind.number) {
  case SYSTEM_PING: return on_ping(c, kind.part);
  case SYSTEM_STORED: return connection_answered(c);
  case SYSTEM_FAULT: return on_fault(c, kind.part);
  case SYSTEM_WELCOME: return on_welcome(c, kind.part);
  case SYSTEM_ROSTER: return on_roster(c, kind.part);
  case SYSTEM_DRAINING: return on_end(c, "Draining: the server stops");
  case SYSTEM_LEFT: return on_end(c, "Left that nobody asked for");
  case SYSTEM_GAP: return on_end(c, "Gap: entries are gone that it had not read");
  }
}

/** Joins and Leaves of others, what this client does not know, and System (KTG-4.13). */
static void other(struct connection *c, const uint8_t *payload, size_t size) {
  struct field system = find_field(message_of(payload, size), FRAME_SYSTEM);
  if (system.type == WIRE_BYTES && system.number == FRAME_SYSTEM) return on_system(c, system.part);
  if (payload[0] == (FRAME_CHAT << 3 | WIRE_BYTES) && c->reader != NULL)
    failure_stop(&c->run->failure, "reader %u was given a message of somebody else", c->number);
}

static size_t take(struct connection *c, const uint8_t *data, size_t size) {
  return frames_take(c, &chat_head, data, size, other);
}

const struct adapter KENTONGAN = {
    .name = "kentongan",
    .has_rooms = true,
    .payload_max = 16384,
    .untaken_max = 64,
    .greetings_max = 64, // fewer than any server has places for newcomers
    .prepare = prepare,
    .greet = greet,
    .join = join,
    .take = take,
    .say = say,
};
