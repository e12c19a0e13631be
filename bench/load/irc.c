// IRC (RFC 1459, RFC 2812): NICK and USER, JOIN, PRIVMSG, PING. Servers do not send a sender its own messages.
#include "lines.h"
#include "run.h"
#include <stdio.h>
#include <stdlib.h>

enum { LINE_MAX_SENT = 200, NUMERIC_WELCOME = 1, NUMERIC_END_OF_NAMES = 366, NUMERIC_ERRORS = 400, NUMERIC_NO_MOTD = 422, NUMERIC_TOO_EARLY = 451 };

static void prepare(struct run *run) { (void)run; }

static void write_line(struct connection *c, const char *format, const char *word) {
  char line[LINE_MAX_SENT];
  int size = snprintf(line, sizeof line, format, word, word);
  connection_write(c, line, (size_t)size);
}

/** The PING comes too early, and is answered all the same, if only by a complaint: so we know that we were accepted. */
static void greet(struct connection *c) {
  char name[16];
  crowd_name(c, name);
  write_line(c, "PING :bench\r\nNICK %s\r\nUSER %s 0 * :bench\r\n", name);
}

static void join(struct connection *c) {
  char room[80];
  crowd_room(c, room);
  write_line(c, "JOIN #%s\r\n", room);
}

static void say(struct connection *c, const char *text, size_t size) {
  char room[80];
  crowd_room(c, room);
  uint8_t *begin = connection_space(c, size + LINE_MAX_SENT);
  int head = snprintf((char *)begin, LINE_MAX_SENT, "PRIVMSG #%s :", room);
  memcpy(begin + head, text, size);
  memcpy(begin + (size_t)head + size, "\r\n", 2);
  connection_wrote(c, (size_t)head + size + 2);
}

static void stop(struct connection *c, struct line line) {
  failure_stop(&c->run->failure, "%s %u was told: %.*s", role_name(c->role), c->number, (int)line.size, line.at);
}

static void on_numeric(struct connection *c, int number, struct line line) {
  if (number == NUMERIC_WELCOME) crowd_greeted(c);
  else if (number == NUMERIC_END_OF_NAMES && c->stage == STAGE_JOINING) crowd_joined(c);
  else if (number >= NUMERIC_ERRORS && number != NUMERIC_NO_MOTD && number != NUMERIC_TOO_EARLY) stop(c, line);
}

/** Cookies of before the welcome, and whether we are alive: the same words come back. */
static void on_ping(struct connection *c, struct line line) {
  static const char PONG[] = "PONG";
  uint8_t *at = connection_space(c, line.size + 2);
  memcpy(at, line.at, line.size);
  memcpy(at, PONG, sizeof PONG - 1);
  memcpy(at + line.size, "\r\n", 2);
  connection_wrote(c, line.size + 2);
}

/** `:source COMMAND …` */
static void on_sourced(struct connection *c, struct line line) {
  const char *space = memchr(line.at, ' ', line.size);
  if (space == NULL) return;
  struct line rest = {space + 1, line.size - (size_t)(space + 1 - line.at)};
  size_t payload = c->run->options.payload;
  if (line_begins(rest, "PRIVMSG ")) {
    if (c->reader == NULL) return;
    const char *text = line.at + line.size - payload;
    // The text is all that stands behind " :".
    bool is_whole = rest.size > payload + 8 && text[-1] == ':' && text[-2] == ' ';
    if (is_whole) ledger_hear(&c->run->ledger, c->reader, (const uint8_t *)text, c->run->now);
    else stop(c, line);
  } else if (rest.size >= 3 && rest.at[0] >= '0' && rest.at[0] <= '9') {
    char digits[4] = {rest.at[0], rest.at[1], rest.at[2], '\0'};
    on_numeric(c, atoi(digits), line);
  }
}

static size_t take(struct connection *c, const uint8_t *data, size_t size) {
  struct line line;
  size_t at = 0, length;
  while ((length = line_take(data + at, size - at, &line)) > 0) {
    at += length;
    if (line.size > 0 && line.at[0] == ':') on_sourced(c, line);
    else if (line_begins(line, "PING")) on_ping(c, line);
    else if (line_begins(line, "ERROR")) stop(c, line);
  }
  if (size - at > LINE_BYTES_MAX)
    failure_stop(&c->run->failure, "%s %u was sent a line without an end", role_name(c->role), c->number);
  return at;
}

const struct adapter IRC = {
    .name = "irc",
    .has_rooms = true,
    .payload_max = 350, // a line has 512 bytes; who said it and where stand in it, too
    .untaken_max = 8,     // ngIRCd has 10 places; whoever finds none tries again after seconds
    .greetings_max = 512, // InspIRCd welcomes people once a second only, then all who wait
    .prepare = prepare,
    .greet = greet,
    .join = join,
    .take = take,
    .say = say,
};
