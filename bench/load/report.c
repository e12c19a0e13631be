#include "report.h"
#include "clock.h"
#include "run.h"
#include <inttypes.h>
#include <stdio.h>

/** A JSON string. What servers say may be anything: what is not plain ASCII is shown as a question mark. */
static void print_text(const char *text) {
  putchar('"');
  for (; *text != '\0'; text++) {
    unsigned char byte = (unsigned char)*text;
    if (byte == '"' || byte == '\\') printf("\\%c", byte);
    else putchar(byte < ' ' || byte > '~' ? '?' : byte);
  }
  putchar('"');
}

static void print_latency(const struct histogram *latency) {
  static const struct {
    const char *name;
    double part;
  } QUANTILES[] = {{"p50", 0.5}, {"p99", 0.99}, {"p999", 0.999}};
  printf(",\"latencyMs\":{");
  for (int i = 0; i < 3; i++)
    printf("\"%s\":%.6f,", QUANTILES[i].name, (double)histogram_quantile(latency, QUANTILES[i].part) / 1e6);
  printf("\"max\":%.6f,\"counted\":%" PRIu64 "}", (double)latency->max / 1e6, latency->total);
}

void report_print(const struct run *run, const struct measured *measured) {
  const struct options *options = &run->options;
  const struct ledger *ledger = &run->ledger;
  const struct crowd *crowd = &run->crowd;
  double seconds = (double)(measured->end - measured->begin) / 1e9;
  double cpu = (double)measured->cpu / 1e9;
  uint64_t join_ended = crowd->join_ended > 0 ? crowd->join_ended : now_ns();
  printf("{\"protocol\":\"%s\",\"readers\":%u,\"senders\":%u,\"stopped\":%u,\"rooms\":%u,\"payload\":%zu", options->protocol,
         options->readers, options->senders, options->stopped, options->rooms, options->payload);
  printf(",\"messages\":%" PRIu64 ",\"deliveries\":%" PRIu64 ",\"seconds\":%.6f,\"deliveriesPerSecond\":%.1f",
         measured->said, measured->heard, seconds, seconds > 0 ? (double)measured->heard / seconds : 0);
  print_latency(&ledger->latency);
  printf(",\"latencySample\":\"1 in %u\"", ledger->sample_mask + 1);
  printf(",\"joinSeconds\":%.6f,\"ownCpuSeconds\":%.6f,\"busy\":%.4f", (double)(join_ended - crowd->join_began) / 1e9,
         cpu, seconds > 0 ? cpu / seconds : 0);
  printf(",\"missing\":%" PRIu64 ",\"doubled\":%" PRIu64 ",\"disorder\":%" PRIu64 ",\"disconnected\":%u",
         ledger_missing(ledger), ledger->doubled, ledger->disorder, crowd->disconnected);
  printf(",\"failed\":");
  if (run->failure.reason[0] == '\0') printf("null");
  else print_text(run->failure.reason);
  printf(",\"marks\":{\"begin\":%" PRIu64 ",\"end\":%" PRIu64 "}}\n", measured->begin, measured->end);
  fflush(stdout);
}
