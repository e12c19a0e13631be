// What a message says: when it was planned, its number among those of its sender, its sender; then padding.
//
//   0000019ab0e1c5d0 0000002a 0007 ........
//   planned, ns      number   sender
//
// Hex digits of a fixed width stand at fixed places, so that a reader needs a few instructions to check one.
#pragma once
#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_PLANNED_AT = 0, TEXT_NUMBER_AT = 17, TEXT_SENDER_AT = 26, TEXT_BYTES_MIN = 30 };

/** Senders that four hex digits can tell apart. */
#define SENDERS_MAX 0x10000u

/** Eight hex digits in lower case, all at once: each byte becomes its nibble, then neighbours are joined. */
static inline uint32_t hex_value(uint64_t digits) {
  uint64_t x = (digits & 0x0f0f0f0f0f0f0f0full) + 9 * ((digits >> 6) & 0x0101010101010101ull);
  x = ((x << 4) | (x >> 8)) & 0x00ff00ff00ff00ffull;
  x = ((x << 8) | (x >> 16)) & 0x0000ffff0000ffffull;
  return (uint32_t)((x << 16) | (x >> 32));
}

static inline uint32_t read_hex8(const uint8_t *at) {
  uint64_t digits;
  memcpy(&digits, at, sizeof digits);
  return hex_value(le64toh(digits));
}

static inline uint32_t read_hex4(const uint8_t *at) {
  uint32_t digits;
  memcpy(&digits, at, sizeof digits);
  // The upper half of the eight is ours; zero bytes before it count as zeros.
  return hex_value((uint64_t)le32toh(digits) << 32);
}

static inline uint64_t text_planned(const uint8_t *text) {
  return (uint64_t)read_hex8(text + TEXT_PLANNED_AT) << 32 | read_hex8(text + TEXT_PLANNED_AT + 8);
}

static inline uint32_t text_number(const uint8_t *text) { return read_hex8(text + TEXT_NUMBER_AT); }

static inline uint32_t text_sender(const uint8_t *text) { return read_hex4(text + TEXT_SENDER_AT); }

/** @param size TEXT_BYTES_MIN or more */
static inline void text_write(char *text, size_t size, uint64_t planned, uint32_t number, uint32_t sender) {
  char head[TEXT_BYTES_MIN + 1];
  snprintf(head, sizeof head, "%016llx %08x %04x", (unsigned long long)planned, number, sender & 0xffff);
  memcpy(text, head, TEXT_BYTES_MIN);
  memset(text + TEXT_BYTES_MIN, '.', size - TEXT_BYTES_MIN);
}
