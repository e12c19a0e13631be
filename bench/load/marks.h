// Begin and end of the measured part, told to whoever started us, who reads the server's own accounts there.
#pragma once
#include <stdbool.h>

struct marks {
  bool has_out, has_in; // descriptors 3 and 4 were open when we were started
};

/** Before anything else is opened. */
struct marks marks_find(void);

/** Says the word, and waits until we may go on. */
void marks_say(const struct marks *marks, const char *word);
