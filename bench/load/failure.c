#include "failure.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void keep(struct failure *failure, const char *format, va_list words) {
  if (failure->reason[0] == '\0') vsnprintf(failure->reason, sizeof failure->reason, format, words);
}

void failure_note(struct failure *failure, const char *format, ...) {
  va_list words;
  va_start(words, format);
  keep(failure, format, words);
  va_end(words);
}

void failure_stop(struct failure *failure, const char *format, ...) {
  va_list words;
  va_start(words, format);
  keep(failure, format, words);
  va_end(words);
  failure->is_final = true;
}

void give_up(const char *format, ...) {
  va_list words;
  va_start(words, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, words);
  fputc('\n', stderr);
  va_end(words);
  exit(2);
}
