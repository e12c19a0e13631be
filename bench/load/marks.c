#include "marks.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OUT = 3, IN = 4 };

struct marks marks_find(void) {
  return (struct marks){.has_out = fcntl(OUT, F_GETFD) >= 0, .has_in = fcntl(IN, F_GETFD) >= 0};
}

void marks_say(const struct marks *marks, const char *word) {
  char line[16], answer;
  int size = snprintf(line, sizeof line, "%s\n", word);
  if (marks->has_out && write(OUT, line, (size_t)size) != size) {
    fprintf(stderr, "load: nobody takes the mark %s: %s\n", word, strerror(errno));
    return;
  }
  // Its end is as good as a byte.
  while (marks->has_in && read(IN, &answer, 1) < 0 && errno == EINTR) continue;
}
