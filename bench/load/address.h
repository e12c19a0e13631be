// Where the server is, and from where connections come. One address has some 28,000 ports for one server; on the
// loopback there are more addresses: when the ports of one are used up, the next one follows.
#pragma once
#include <netinet/in.h>
#include <stdint.h>

struct address {
  struct sockaddr_in server;
  uint32_t own; // 0: the system's choice; else 127.0.0.n
};

/** Ends the program when the host is no IPv4 address. */
void address_open(struct address *address, const char *host, uint16_t port);

/** @return 0, EINPROGRESS, or why not. Owns: fd is the caller's, in the first two cases */
int address_connect(struct address *address, int *fd);
