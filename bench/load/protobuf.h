// The protobuf wire format, as much as a client of ours needs (docs/protocol.md, 17.2).
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

/** Bytes of a varint. */
static inline size_t varint_size(uint64_t value) {
  size_t size = 1;
  while (value >>= 7) size++;
  return size;
}

// Writers take where to write and return where the next one goes on. There has to be room.

static inline uint8_t *put_varint(uint8_t *at, uint64_t value) {
  for (; value > 127; value >>= 7) *at++ = (uint8_t)(value | 128);
  *at++ = (uint8_t)value;
  return at;
}

static inline uint8_t *put_number(uint8_t *at, uint32_t field, uint64_t value) {
  return put_varint(put_varint(at, (uint64_t)field << 3 | WIRE_VARINT), value);
}

/** The head of bytes, a text or a message; its contents follow. */
static inline uint8_t *put_head(uint8_t *at, uint32_t field, size_t size) {
  return put_varint(put_varint(at, (uint64_t)field << 3 | WIRE_BYTES), size);
}

static inline uint8_t *put_bytes(uint8_t *at, uint32_t field, const void *data, size_t size) {
  at = put_head(at, field, size);
  memcpy(at, data, size);
  return at + size;
}

/** The prefix in front of a payload (KTG-3.1). */
static inline void put_prefix(uint8_t *at, size_t size) {
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(size >> (24 - 8 * i));
}

/** What is left of a message. */
struct message {
  const uint8_t *at, *end;
};

struct field {
  uint32_t number;
  enum wire_type type;
  uint64_t value;      // of a varint
  struct message part; // of bytes
};

static inline struct message message_of(const uint8_t *data, size_t size) {
  return (struct message){data, data + size};
}

static inline bool take_varint(struct message *message, uint64_t *value) {
  *value = 0;
  for (unsigned shift = 0; shift < 64 && message->at < message->end; shift += 7) {
    uint8_t byte = *message->at++;
    *value |= (uint64_t)(byte & 127) << shift;
    if (byte < 128) return true;
  }
  return false;
}

static inline bool skip_bytes(struct message *message, uint64_t size, struct field *field) {
  if ((uint64_t)(message->end - message->at) < size) return false;
  field->part = message_of(message->at, (size_t)size);
  message->at += size;
  return true;
}

/** False at the end, and at what is no field: nothing behind that can be read. */
static inline bool take_field(struct message *message, struct field *field) {
  uint64_t tag, size;
  *field = (struct field){0};
  if (!take_varint(message, &tag)) return false;
  field->number = (uint32_t)(tag >> 3);
  field->type = (enum wire_type)(tag & 7);
  switch (field->type) {
  case WIRE_VARINT: return take_varint(message, &field->value);
  case WIRE_64: return skip_bytes(message, 8, field);
  case WIRE_BYTES: return take_varint(message, &size) && skip_bytes(message, size, field);
  case WIRE_32: return skip_bytes(message, 4, field);
  }
  return false;
}

/** The field of this number; its number is 0 when there is none. Unknown ones are passed over (KTG-4.11). */
static inline struct field find_field(struct message message, uint32_t number) {
  struct field field;
  while (take_field(&message, &field))
    if (field.number == number) return field;
  return (struct field){0};
}
