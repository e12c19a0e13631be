#include "options.h"
#include "adapter.h"
#include "failure.h"
#include "text.h"
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char HELP[] =
    "load: many clients of a chat server in one process, and what they notice\n"
    "\n"
    "load --protocol kentongan|irc|nats|frames [--host 127.0.0.1] --port N --readers R --senders S LOAD\n"
    "\n"
    "  LOAD is one of\n"
    "  --rate N --seconds T     so many messages a second in all, at planned times; a latency counts from them\n"
    "  --rate N --until-stdin   the same, until standard input ends\n"
    "  --window W --messages M  at most W messages under way; one is done when all readers of its room have it\n"
    "  --hold                   connect, join, say `ready`, and hold until standard input ends\n"
    "\n"
    "  --room NAME (bench)  --rooms K (1): reader i and sender i are in room i modulo K\n"
    "  --payload BYTES (64): of the text  --warm-up MESSAGES (0): before the measured part\n"
    "  --stopped R (0): readers besides, who join and then never read\n"
    "  --join-at-once: everybody says hello first; then all join in one moment\n"
    "  --limit-seconds S (60): how long joining, warming up and, beyond its plan, the measured part may take\n"
    "\n"
    "One JSON object on standard output at the end. Exit code 0; 1 when anything was lost, doubled, in another order,\n"
    "cut off or late (\"failed\" says what); 2 when nothing could be begun. When descriptor 3 is open, `begin` and\n"
    "`end` of the measured part are said there, and after each one byte is waited for on descriptor 4, when open.\n";

/** Of one role: names have five digits. */
enum { PEOPLE_MAX = 100000, ROOM_BYTES_MAX = 60 };

static uint64_t whole(const char *name, const char *word, uint64_t most) {
  char *end;
  errno = 0;
  unsigned long long value = strtoull(word, &end, 10);
  if (*word < '0' || *word > '9' || *end != '\0' || errno != 0 || value > most)
    give_up("--%s takes a whole number of at most %llu, not \"%s\"", name, (unsigned long long)most, word);
  return value;
}

static double number(const char *name, const char *word) {
  char *end;
  double value = strtod(word, &end);
  if (end == word || *end != '\0' || !isfinite(value) || value <= 0)
    give_up("--%s takes a number above 0, not \"%s\"", name, word);
  return value;
}

static const struct option WORDS[] = {
    {"protocol", required_argument, NULL, 'p'},      {"host", required_argument, NULL, 'h'},
    {"port", required_argument, NULL, 'P'},          {"room", required_argument, NULL, 'n'},
    {"rooms", required_argument, NULL, 'k'},         {"readers", required_argument, NULL, 'r'},
    {"senders", required_argument, NULL, 's'},       {"stopped", required_argument, NULL, 'x'},
    {"payload", required_argument, NULL, 'b'},       {"rate", required_argument, NULL, 'a'},
    {"seconds", required_argument, NULL, 't'},       {"window", required_argument, NULL, 'w'},
    {"messages", required_argument, NULL, 'm'},      {"warm-up", required_argument, NULL, 'u'},
    {"limit-seconds", required_argument, NULL, 'l'}, {"hold", no_argument, NULL, 'o'},
    {"join-at-once", no_argument, NULL, 'j'},        {"until-stdin", no_argument, NULL, 'i'},
    {"help", no_argument, NULL, '?'},                {NULL, 0, NULL, 0},
};

static void take(struct options *options, int letter, const char *name, const char *word) {
  switch (letter) {
  case 'p': options->protocol = word; break;
  case 'h': options->host = word; break;
  case 'P': options->port = (uint16_t)whole(name, word, UINT16_MAX); break;
  case 'n': options->room = word; break;
  case 'k': options->rooms = (uint32_t)whole(name, word, 100000); break;
  case 'r': options->readers = (uint32_t)whole(name, word, PEOPLE_MAX); break;
  case 's': options->senders = (uint32_t)whole(name, word, SENDERS_MAX); break;
  case 'x': options->stopped = (uint32_t)whole(name, word, PEOPLE_MAX); break;
  case 'b': options->payload = (size_t)whole(name, word, 16384); break;
  case 'a': options->rate = number(name, word); break;
  case 't': options->seconds = number(name, word); break;
  case 'w': options->window = whole(name, word, 10000000); break;
  case 'm': options->messages = whole(name, word, UINT32_MAX / 2); break;
  case 'u': options->warm_up = whole(name, word, UINT32_MAX / 2); break;
  case 'l': options->limit_seconds = number(name, word); break;
  case 'o': options->kind = LOAD_HOLD; break;
  case 'j': options->join_at_once = true; break;
  case 'i': options->until_stdin = true; break;
  case '?': fputs(HELP, stdout); exit(0);
  }
}

/** Exactly one load, and all that it needs. */
static void settle_kind(struct options *o) {
  bool paced = o->rate > 0, closed = o->window > 0;
  if (o->kind == LOAD_HOLD) {
    if (paced || closed) give_up("--hold says nothing: --rate and --window go without it");
    return;
  }
  if (paced == closed) give_up("one of --rate, --window and --hold is needed (see --help)");
  o->kind = paced ? LOAD_PACED : LOAD_CLOSED;
  if (paced && (o->seconds > 0) == o->until_stdin) give_up("--rate needs --seconds or --until-stdin");
  if (paced && o->rate * o->seconds > UINT32_MAX / 2) give_up("these are too many messages: --rate times --seconds");
  if (closed && o->messages == 0) give_up("--window needs --messages");
  if (o->senders == 0) give_up("messages need --senders");
  if (o->readers < o->rooms) give_up("every room needs a reader: --readers is less than --rooms");
}

static void check(const struct options *o) {
  if (o->protocol == NULL) give_up("--protocol is missing (see --help)");
  const struct adapter *adapter = adapter_find(o->protocol);
  if (adapter == NULL) give_up("there is no protocol \"%s\"", o->protocol);
  if (o->port == 0) give_up("--port is missing");
  if (o->rooms == 0) give_up("--rooms is at least 1");
  if (o->rooms > 1 && !adapter->has_rooms) give_up("%s has no rooms: --rooms is 1 there", adapter->name);
  if (strlen(o->room) == 0 || strlen(o->room) > ROOM_BYTES_MAX) give_up("--room has 1 to %d bytes", ROOM_BYTES_MAX);
  if (o->readers + o->senders + o->stopped == 0) give_up("nobody would connect: --readers and --senders are 0");
  if (o->payload < TEXT_BYTES_MIN || o->payload > adapter->payload_max)
    give_up("--payload is %d to %zu bytes with %s", TEXT_BYTES_MIN, adapter->payload_max, adapter->name);
}

struct options options_read(int count, char **words) {
  struct options options = {
      .host = "127.0.0.1", .room = "bench", .rooms = 1, .payload = 64, .limit_seconds = 60, .kind = LOAD_PACED};
  int letter, index = 0;
  opterr = 0;
  while ((letter = getopt_long(count, words, "", WORDS, &index)) != -1) {
    // An option that is not known looks like the question mark of --help, but for this.
    if (letter == '?' && optopt != 0) give_up("%s needs a value", words[optind - 1]);
    if (letter == '?' && strcmp(words[optind - 1], "--help") != 0) give_up("%s is no option", words[optind - 1]);
    take(&options, letter, WORDS[index].name, optarg);
  }
  if (optind < count) give_up("\"%s\" is no option", words[optind]);
  settle_kind(&options);
  check(&options);
  return options;
}
