#include "adapter.h"
#include <string.h>

const struct adapter *adapter_find(const char *name) {
  static const struct adapter *const all[] = {&KENTONGAN, &IRC, &NATS, &FRAMES};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (strcmp(all[i]->name, name) == 0) return all[i];
  return NULL;
}
