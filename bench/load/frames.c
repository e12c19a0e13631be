// No protocol at all: every connection hears every frame that any of them sends (roofline.c, naive.ts).
//
// What is sent is what readers of ours are sent for a message, byte for byte as long: an entry with author, id and
// stamp. So such a server delivers the same bytes as ours, and does nothing else.
#include "clock.h"
#include "framing.h"

enum { ENTRY_ROOM = 9, ENTRY_AUTHOR = 10, ENTRY_ID = 11, ENTRY_SEQ = 12, ENTRY_TIME = 13, ENTRY_CHECK = 14 };
enum { AUTHOR_NAME = 1, AUTHOR_USER = 2, AUTHOR_MARK = 3, MARK_GUEST = 1 };
enum { ID_BYTES = 16, USER_BYTES = 8, ENTRY_BYTES_MAX = 256 };

static struct chat_head chat_head;

static void prepare(struct run *run) { chat_head = chat_head_of(run->options.payload); }

static void greet(struct connection *c) { crowd_greeted(c); }

static void join(struct connection *c) { crowd_joined(c); }

static uint8_t *put_author(uint8_t *at, const struct connection *c) {
  char name[16];
  uint8_t author[64], *end;
  uint64_t user = c->number;
  crowd_name(c, name);
  end = put_bytes(author, AUTHOR_NAME, name, strlen(name));
  end = put_bytes(end, AUTHOR_USER, &user, USER_BYTES);
  end = put_number(end, AUTHOR_MARK, MARK_GUEST);
  return put_bytes(at, ENTRY_AUTHOR, author, (size_t)(end - author));
}

static void say(struct connection *c, const char *text, size_t size) {
  struct run *run = c->run;
  uint64_t id[ID_BYTES / sizeof(uint64_t)] = {random_next(run), random_next(run)};
  uint8_t *begin = connection_space(c, size + ENTRY_BYTES_MAX);
  uint8_t *at = put_head(begin + PREFIX_BYTES, FIELD_CHAT, 1 + varint_size(size) + size);
  at = put_bytes(at, CHAT_TEXT, text, size);
  at = put_bytes(at, ENTRY_ROOM, run->options.room, strlen(run->options.room));
  at = put_author(at, c);
  at = put_bytes(at, ENTRY_ID, id, sizeof id);
  at = put_number(at, ENTRY_SEQ, run->ledger.said);
  at = put_number(at, ENTRY_TIME, clock_ns(CLOCK_REALTIME) / 1000000);
  *at++ = ENTRY_CHECK << 3 | WIRE_32;
  uint32_t check = (uint32_t)id[0];
  memcpy(at, &check, sizeof check);
  at += sizeof check;
  put_prefix(begin, (size_t)(at - begin) - PREFIX_BYTES);
  connection_wrote(c, (size_t)(at - begin));
}

/** A frame with an empty message: nobody takes it for one of those that are counted. */
static void probe(struct connection *c) {
  static const uint8_t PROBE[] = {0, 0, 0, 2, FIELD_CHAT << 3 | WIRE_BYTES, 0};
  connection_write(c, PROBE, sizeof PROBE);
}

static void other(struct connection *c, const uint8_t *payload, size_t size) {
  if (size == 2 && payload[0] == (FIELD_CHAT << 3 | WIRE_BYTES)) return crowd_confirmed(c);
  failure_stop(&c->run->failure, "%s %u was sent a frame that nobody has said", role_name(c->role), c->number);
}

static size_t take(struct connection *c, const uint8_t *data, size_t size) {
  return frames_take(c, &chat_head, data, size, other);
}

const struct adapter FRAMES = {
    .name = "frames",
    .payload_max = 16384,
    .untaken_max = 64,
    .greetings_max = 64,
    .prepare = prepare,
    .greet = greet,
    .join = join,
    .take = take,
    .say = say,
    .probe = probe,
};
