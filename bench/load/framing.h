// Frames of ours: a length in four bytes, then a payload (docs/protocol.md, chapter 3). How a stream of them is cut,
// and how the one that comes a million times a second is recognised.
#pragma once
#include "protobuf.h"
#include "run.h"
#include <endian.h>

enum { PREFIX_BYTES = 4, FRAME_BYTES_MAX = 65536, FIELD_CHAT = 3, CHAT_TEXT = 1 };

/** How every message of a run begins: tag and length of the Chat, tag and length of its text. All messages of a run
    have the same size, so these bytes are known, and one comparison finds the text. */
struct chat_head {
  uint64_t bytes, mask;
  size_t size;
};

static inline struct chat_head chat_head_of(size_t payload) {
  uint8_t head[16] = {0}, mask[16] = {0};
  uint8_t *at = put_head(head, FIELD_CHAT, 1 + varint_size(payload) + payload);
  at = put_head(at, CHAT_TEXT, payload);
  struct chat_head result = {.size = (size_t)(at - head)}; // 4 to 8
  memset(mask, 0xff, result.size);
  memcpy(&result.bytes, head, sizeof result.bytes);
  memcpy(&result.mask, mask, sizeof result.mask);
  return result;
}

static inline size_t frame_length(const uint8_t *prefix) {
  uint32_t length;
  memcpy(&length, prefix, sizeof length);
  return be32toh(length);
}

/** Messages go to the ledger, in place; every other frame to `other`. @return bytes of whole frames */
static inline __attribute__((always_inline)) size_t frames_take(
    struct connection *c, const struct chat_head *head, const uint8_t *data, size_t size,
    void (*other)(struct connection *, const uint8_t *, size_t)) {
  struct run *run = c->run;
  struct ledger *ledger = &run->ledger;
  struct reader *reader = c->reader;
  const size_t chat_size = head->size + run->options.payload;
  const uint64_t now = run->now;
  size_t at = 0;
  while (size - at >= PREFIX_BYTES) {
    size_t length = frame_length(data + at);
    if (__builtin_expect(length == 0 || length > FRAME_BYTES_MAX, 0)) {
      failure_stop(&run->failure, "%s %u was sent a frame of %zu bytes (KTG-3.8)", role_name(c->role), c->number, length);
      return size;
    }
    if (size - at - PREFIX_BYTES < length) break;
    const uint8_t *payload = data + at + PREFIX_BYTES;
    at += PREFIX_BYTES + length;
    uint64_t beginning = 0;
    if (length >= chat_size) memcpy(&beginning, payload, sizeof beginning);
    if ((beginning & head->mask) != head->bytes) other(c, payload, length);
    else if (reader != NULL) ledger_hear(ledger, reader, payload + head->size, now);
  }
  return at;
}
