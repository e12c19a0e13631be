// The limit of what can be measured: a server that does nothing but the sends.
//
//   roofline [--host 127.0.0.1] --port N
//
// Whole frames of ours that come from anybody are put behind one another in one buffer that all share; at the end of
// each turn everybody is sent what is new there, by one send. Nothing is looked at but the lengths of frames. There
// is no protocol: who connects hears everything from then on, its own frames too.
#define _GNU_SOURCE // memfd_create, accept4
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/** What may have been said before somebody has taken it; a power of two, and whole pages. */
#define SHARED_BYTES (64ull << 20)
enum { PREFIX_BYTES = 4, FRAME_BYTES_MAX = 65536, READ_BYTES = 256 * 1024, EVENTS_PER_TURN = 1024, BACKLOG = 4096 };

struct peer {
  int fd;
  bool is_full;     // the kernel takes no more at present
  uint64_t sent;    // up to here; positions only grow, their place is the position modulo the size
  uint8_t *held;    // the beginning of a frame whose end has not come
  size_t held_size; // less than a frame with its prefix
};

static int epoll, listener;
static struct peer **peers;
static size_t peer_count, peer_capacity;
static uint8_t *shared; // mapped twice, one behind the other: what goes beyond the end is at the beginning
static uint64_t said;   // the end of what is in it
static uint8_t input[PREFIX_BYTES + FRAME_BYTES_MAX + READ_BYTES];

static _Noreturn void die(const char *what) {
  fprintf(stderr, "roofline: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void map_shared(void) {
  int fd = memfd_create("roofline", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, SHARED_BYTES) != 0) die("memfd_create");
  shared = mmap(NULL, 2 * SHARED_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) die("mmap");
  for (int i = 0; i < 2; i++) {
    void *half = shared + (uint64_t)i * SHARED_BYTES;
    if (mmap(half, SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) die("mmap");
  }
  close(fd);
}

static void watch(int action, struct peer *peer, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = peer};
  if (epoll_ctl(epoll, action, peer != NULL ? peer->fd : listener, &event) != 0) die("epoll_ctl");
}

static void accept_all(void) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)) return;
    if (fd < 0) die("accept");
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (peer_count == peer_capacity) {
      peer_capacity = peer_capacity * 2 + 64;
      peers = realloc(peers, peer_capacity * sizeof *peers);
    }
    struct peer *peer = calloc(1, sizeof *peer);
    if (peers == NULL || peer == NULL) die("memory");
    *peer = (struct peer){.fd = fd, .sent = said};
    peers[peer_count++] = peer;
    watch(EPOLL_CTL_ADD, peer, EPOLLIN);
  }
}

/** It is left in the list until the end of the turn. */
static void drop(struct peer *peer) {
  if (peer->fd >= 0) close(peer->fd);
  peer->fd = -1;
}

/** @return bytes of whole frames; SIZE_MAX: this is no frame */
static size_t whole_frames(const uint8_t *data, size_t size) {
  size_t at = 0;
  while (size - at >= PREFIX_BYTES) {
    uint32_t length;
    memcpy(&length, data + at, sizeof length);
    length = be32toh(length);
    if (length == 0 || length > FRAME_BYTES_MAX) return SIZE_MAX;
    if (size - at - PREFIX_BYTES < length) break;
    at += PREFIX_BYTES + length;
  }
  return at;
}

static void hold(struct peer *peer, const uint8_t *data, size_t size) {
  if (size > 0 && peer->held == NULL) peer->held = malloc(PREFIX_BYTES + FRAME_BYTES_MAX);
  if (size > 0 && peer->held == NULL) die("memory");
  if (size > 0) memcpy(peer->held, data, size);
  peer->held_size = size;
}

static void receive(struct peer *peer) {
  if (peer->held_size > 0) memcpy(input, peer->held, peer->held_size);
  ssize_t got = recv(peer->fd, input + peer->held_size, READ_BYTES, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return drop(peer);
  size_t size = peer->held_size + (size_t)got, whole = whole_frames(input, size);
  if (whole == SIZE_MAX) return drop(peer);
  memcpy(shared + said % SHARED_BYTES, input, whole);
  said += whole;
  hold(peer, input + whole, size - whole);
}

static void send_new(struct peer *peer) {
  if (said - peer->sent > SHARED_BYTES - READ_BYTES) {
    // What it has yet to get is about to be written over.
    fputs("roofline: somebody does not read, and is cut off\n", stderr);
    return drop(peer);
  }
  if (peer->sent == said) return;
  ssize_t sent = send(peer->fd, shared + peer->sent % SHARED_BYTES, said - peer->sent, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return drop(peer);
  if (sent > 0) peer->sent += (uint64_t)sent;
  bool was_full = peer->is_full;
  peer->is_full = peer->sent < said;
  if (peer->is_full != was_full) watch(EPOLL_CTL_MOD, peer, peer->is_full ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void send_all(void) {
  for (size_t i = 0; i < peer_count; i++) {
    struct peer *peer = peers[i];
    bool is_behind = said - peer->sent > SHARED_BYTES / 2;
    if (peer->fd >= 0 && (!peer->is_full || is_behind)) send_new(peer);
  }
}

/** Only when no event of the turn can name them any more. */
static void forget_dropped(void) {
  size_t kept = 0;
  for (size_t i = 0; i < peer_count; i++) {
    struct peer *peer = peers[i];
    if (peer->fd >= 0) peers[kept++] = peer;
    else free(peer->held), free(peer);
  }
  peer_count = kept;
}

static void turn(void) {
  struct epoll_event events[EVENTS_PER_TURN];
  int count = epoll_wait(epoll, events, EVENTS_PER_TURN, -1);
  if (count < 0 && errno != EINTR) die("epoll_wait");
  uint64_t before = said;
  // Who has connected before something was said hears it.
  accept_all();
  for (int i = 0; i < count; i++) {
    struct peer *peer = events[i].data.ptr;
    if (peer == NULL || peer->fd < 0) continue;
    if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(peer);
    if (peer->fd >= 0 && events[i].events & EPOLLOUT) send_new(peer);
    // Nobody may be written over: after so much everybody is sent to at once.
    if (said - before > SHARED_BYTES / 4) send_all(), before = said;
  }
  send_all();
  forget_dropped();
}

static void listen_at(const char *host, unsigned long port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  int yes = 1;
  if (port == 0 || port > UINT16_MAX || inet_pton(AF_INET, host, &address.sin_addr) != 1) {
    fputs("roofline [--host IPv4] --port N\n", stderr);
    exit(2);
  }
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, BACKLOG) != 0) die("listen");
}

int main(int count, char **words) {
  const char *host = "127.0.0.1";
  unsigned long port = 0;
  for (int i = 1; i + 1 < count; i += 2) {
    if (strcmp(words[i], "--host") == 0) host = words[i + 1];
    if (strcmp(words[i], "--port") == 0) port = strtoul(words[i + 1], NULL, 10);
  }
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  map_shared();
  listen_at(host, port);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) die("epoll_create1");
  watch(EPOLL_CTL_ADD, NULL, EPOLLIN);
  for (;;) turn();
}
