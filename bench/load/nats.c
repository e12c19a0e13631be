// NATS (docs.nats.io, Client Protocol): CONNECT, SUB, PUB, MSG, PING and PONG; without an answer to each (verbose off).
#include "lines.h"
#include "run.h"
#include <stdio.h>

enum { LINE_MAX_SENT = 200, DIGITS_MAX = 7 };

static void prepare(struct run *run) { (void)run; }

/** A PONG says that the server has dealt with all before it. */
static void greet(struct connection *c) {
  static const char WORDS[] = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n";
  connection_write(c, WORDS, sizeof WORDS - 1);
}

static void join(struct connection *c) {
  char room[80], line[LINE_MAX_SENT];
  crowd_room(c, room);
  int size = snprintf(line, sizeof line, "SUB %s 1\r\nPING\r\n", room);
  connection_write(c, line, (size_t)size);
}

static void say(struct connection *c, const char *text, size_t size) {
  char room[80];
  crowd_room(c, room);
  uint8_t *begin = connection_space(c, size + LINE_MAX_SENT);
  int head = snprintf((char *)begin, LINE_MAX_SENT, "PUB %s %zu\r\n", room, size);
  memcpy(begin + head, text, size);
  memcpy(begin + (size_t)head + size, "\r\n", 2);
  connection_wrote(c, (size_t)head + size + 2);
}

static void on_pong(struct connection *c) {
  if (c->stage == STAGE_GREETING) crowd_greeted(c);
  else if (c->stage == STAGE_JOINING) crowd_joined(c);
}

static void on_line(struct connection *c, struct line line) {
  if (line_begins(line, "PING")) connection_write(c, "PONG\r\n", 6);
  else if (line_begins(line, "PONG")) on_pong(c);
  else if (line_begins(line, "-ERR"))
    failure_stop(&c->run->failure, "%s %u was told: %.*s", role_name(c->role), c->number, (int)line.size, line.at);
}

/** The number at the end of a line: how many bytes follow it. */
static size_t last_number(struct line line) {
  size_t value = 0, scale = 1;
  const char *at = line.at + line.size;
  for (int i = 0; i < DIGITS_MAX && at > line.at && at[-1] >= '0' && at[-1] <= '9'; i++, scale *= 10)
    value += scale * (size_t)(*--at - '0');
  return value;
}

/** `MSG subject sid size`, then as many bytes and an end of line. @return bytes taken; 0: they have not all come */
static size_t on_message(struct connection *c, struct line line, const uint8_t *rest, size_t size) {
  struct run *run = c->run;
  size_t bytes = last_number(line);
  if (bytes != run->options.payload) {
    failure_stop(&run->failure, "%s %u was given a message of somebody else", role_name(c->role), c->number);
    return bytes + 2 <= size ? bytes + 2 : size;
  }
  if (size < bytes + 2) return 0;
  if (c->reader != NULL) ledger_hear(&run->ledger, c->reader, rest, run->now);
  return bytes + 2;
}

static size_t take(struct connection *c, const uint8_t *data, size_t size) {
  struct line line;
  size_t at = 0, length;
  while ((length = line_take(data + at, size - at, &line)) > 0) {
    if (line_begins(line, "MSG ")) {
      size_t body = on_message(c, line, data + at + length, size - at - length);
      if (body == 0) return at; // a message is taken whole
      length += body;
    } else {
      on_line(c, line);
    }
    at += length;
  }
  if (size - at > LINE_BYTES_MAX)
    failure_stop(&c->run->failure, "%s %u was sent a line without an end", role_name(c->role), c->number);
  return at;
}

const struct adapter NATS = {
    .name = "nats",
    .has_rooms = true,
    .payload_max = 16384,
    .untaken_max = 64,
    .greetings_max = 64,
    .prepare = prepare,
    .greet = greet,
    .join = join,
    .take = take,
    .say = say,
};
