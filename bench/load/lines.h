// Protocols of lines.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** A line without its end (LF, or CR LF). */
struct line {
  const char *at;
  size_t size;
};

/** Longer than any line of these protocols but the first one of nats-server. */
enum { LINE_BYTES_MAX = 32768 };

/** The first line of some bytes. @return how many bytes it is with its end; 0: its end has not come */
static inline size_t line_take(const uint8_t *data, size_t size, struct line *line) {
  const uint8_t *end = memchr(data, '\n', size);
  if (end == NULL) return 0;
  size_t length = (size_t)(end - data);
  *line = (struct line){(const char *)data, length > 0 && end[-1] == '\r' ? length - 1 : length};
  return length + 1;
}

static inline bool line_begins(struct line line, const char *word) {
  size_t size = strlen(word);
  return line.size >= size && memcmp(line.at, word, size) == 0;
}
