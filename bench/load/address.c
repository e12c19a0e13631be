#include "address.h"
#include "failure.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OWN_ADDRESSES_MAX = 64 };

void address_open(struct address *address, const char *host, uint16_t port) {
  *address = (struct address){.server = {.sin_family = AF_INET, .sin_port = htons(port)}};
  if (inet_pton(AF_INET, host, &address->server.sin_addr) != 1) give_up("--host takes an IPv4 address, not \"%s\"", host);
}

static int bind_own(int fd, uint32_t own) {
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + own - 1)};
  int yes = 1;
  // The port is chosen when the server is known: then it has to be free for that server only.
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
  return bind(fd, (struct sockaddr *)&from, sizeof from) == 0 ? 0 : errno;
}

static int try_connect(const struct address *address, int *fd) {
  *fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (*fd < 0) return errno;
  int yes = 1;
  setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  int error = address->own > 0 ? bind_own(*fd, address->own) : 0;
  if (error == 0 && connect(*fd, (const struct sockaddr *)&address->server, sizeof address->server) != 0) error = errno;
  if (error != 0 && error != EINPROGRESS) {
    close(*fd);
    *fd = -1;
  }
  return error;
}

int address_connect(struct address *address, int *fd) {
  bool is_loopback = ntohl(address->server.sin_addr.s_addr) >> 24 == 127;
  for (;;) {
    int error = try_connect(address, fd);
    bool is_used_up = error == EADDRNOTAVAIL || error == EADDRINUSE;
    if (!is_used_up || !is_loopback || address->own >= OWN_ADDRESSES_MAX) return error;
    // 127.0.0.1 is what the system chooses: the next one is 127.0.0.2.
    address->own = address->own == 0 ? 2 : address->own + 1;
  }
}
