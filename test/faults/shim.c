// Stands between a server and the C library (LD_PRELOAD) and does to it what disks and clocks do:
//
// - writes down every change below the data directory, and what each successful fsync covers, so that the harness
//   can make the disk that a loss of power at this moment would have left (journal.ts, disk.ts);
// - lets the n-th fsync or write fail, and slows fsync down;
// - moves the wall clock; the monotonic clock is never touched.
//
// KENTONGAN_SHIM_DATA     the data directory, absolute and without symbolic links
// KENTONGAN_SHIM_JOURNAL  the file that the changes are appended to; unset: none are
// KENTONGAN_SHIM_CONTROL  a file of 4096 bytes, see `struct control`; unset: nothing fails
//
// What it can not follow is counted and journalled as UNMODELLED, so that no result rests on it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { OPENED = 1, CREATED, WRITTEN, TRUNCATED, SYNCED, SYNC_FAILED, UNLINKED, RENAMED, MADE, UNMODELLED, ALLOCATED };
enum { FAIL_SYNC = 1, FAIL_WRITE = 2 };
enum { GROUP_LOG = 1, GROUP_CHAT = 2 };

// All numbers are 64 bits wide, little-endian. The harness writes the first part, the shim the second.
struct control {
  int64_t fail_kinds;  // FAIL_* together; 0: nothing fails
  int64_t fail_after;  // so many operations of these kinds succeed first
  int64_t fail_times;  // then so many fail
  int64_t fail_errno;
  int64_t clock_offset_ns;
  int64_t sync_delay_ns;
  int64_t fail_group;  // GROUP_*: only files of this one fail; 0: all
  int64_t unused;
  int64_t failed;
  int64_t syncs;
  int64_t writes;
  int64_t unmodelled;
};

struct record {
  uint32_t kind;
  uint32_t length;   // of what follows this header
  uint64_t file;     // inode
  uint64_t position; // offset, size, mode, or the number of the last record that a sync covers
  uint64_t number;   // of this record, from 1
};

struct open_file {
  dev_t device;
  ino_t inode;
  int kind; // 0 not ours, 1 file, 2 directory, 3 shared memory of SQLite: never synced, made anew at each start
  int synchronous;
  int group;
};

#define FILES_MAX 65536
static struct open_file files[FILES_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char data[PATH_MAX];
static size_t data_length;
static int journal = -1;
static struct control none;
static struct control *control = &none;
static uint64_t number;

#define REAL(result, name, ...) \
  static result (*real_##name)(__VA_ARGS__); \
  static result (*get_##name(void))(__VA_ARGS__) { \
    if (real_##name == NULL) real_##name = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name); \
    return real_##name; \
  }

REAL(int, open, const char *, int, ...)
REAL(int, openat, int, const char *, int, ...)
REAL(int, close, int)
REAL(ssize_t, write, int, const void *, size_t)
REAL(ssize_t, pwrite, int, const void *, size_t, off_t)
REAL(ssize_t, writev, int, const struct iovec *, int)
REAL(ssize_t, pwritev, int, const struct iovec *, int, off_t)
REAL(int, ftruncate, int, off_t)
REAL(int, truncate, const char *, off_t)
REAL(int, fsync, int)
REAL(int, fdatasync, int)
REAL(int, unlink, const char *)
REAL(int, rename, const char *, const char *)
REAL(int, link, const char *, const char *)
REAL(int, mkdir, const char *, mode_t)
REAL(int, rmdir, const char *)
REAL(int, posix_fallocate, int, off_t, off_t)
REAL(int, fallocate, int, int, off_t, off_t)
REAL(ssize_t, copy_file_range, int, off_t *, int, off_t *, size_t, unsigned)
REAL(ssize_t, sendfile, int, int, off_t *, size_t)
REAL(int, clock_gettime, clockid_t, struct timespec *)

static void start(void) {
  const char *path = getenv("KENTONGAN_SHIM_CONTROL");
  if (path != NULL) {
    int fd = get_open()(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
      void *at = (void *)syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      if (at != MAP_FAILED) control = at;
      get_close()(fd);
    }
    if (control == &none) { dprintf(2, "shim: %s can not be used\n", path); _exit(99); }
  }
  path = getenv("KENTONGAN_SHIM_JOURNAL");
  if (path != NULL) {
    int fd = get_open()(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    // Far from the numbers that the program uses.
    journal = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 700);
    if (journal < 0) { dprintf(2, "shim: %s can not be used\n", path); _exit(99); }
    get_close()(fd);
  }
  path = getenv("KENTONGAN_SHIM_DATA");
  if (path != NULL && strlen(path) < sizeof data) {
    strcpy(data, path);
    data_length = strlen(data);
  }
}

static int ours(const char *path) {
  pthread_once(&once, start);
  return data_length > 0 && path != NULL && strncmp(path, data, data_length) == 0 &&
         (path[data_length] == '/' || path[data_length] == 0);
}

static uint64_t now_number(void) { return __atomic_load_n(&number, __ATOMIC_SEQ_CST); }

// The caller holds the lock.
static void put(uint32_t kind, uint64_t file, uint64_t position, const struct iovec *parts, int count) {
  if (journal < 0) return;
  int before = errno;
  struct iovec all[66];
  struct record record = { kind, 0, file, position, 0 };
  if (count > 64) { kind = record.kind = UNMODELLED; count = 0; }
  for (int i = 0; i < count; i++) {
    all[i + 1] = parts[i];
    record.length += parts[i].iov_len;
  }
  record.number = __atomic_add_fetch(&number, 1, __ATOMIC_SEQ_CST);
  all[0].iov_base = &record;
  all[0].iov_len = sizeof record;
  ssize_t wanted = sizeof record + record.length;
  if (get_writev()(journal, all, count + 1) != wanted) {
    dprintf(2, "shim: the journal can not be written\n");
    _exit(99);
  }
  errno = before;
}

static void put_text(uint32_t kind, uint64_t file, uint64_t position, const char *text, size_t length) {
  struct iovec part = { (void *)text, length };
  put(kind, file, position, &part, 1);
}

static void unmodelled(const char *what) {
  __atomic_add_fetch(&control->unmodelled, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_lock(&lock);
  put_text(UNMODELLED, 0, 0, what, strlen(what));
  pthread_mutex_unlock(&lock);
}

// The file behind a number, if it is one of ours. Numbers are reused: what stands in the table is compared.
static struct open_file *file_of(int fd) {
  if (fd < 0 || fd >= FILES_MAX || files[fd].kind == 0) return NULL;
  struct stat is;
  if (fstat(fd, &is) != 0 || is.st_dev != files[fd].device || is.st_ino != files[fd].inode) {
    files[fd].kind = 0;
    return NULL;
  }
  return &files[fd];
}

static struct open_file *data_file_of(int fd) {
  struct open_file *file = file_of(fd);
  return file != NULL && file->kind == 1 ? file : NULL;
}

// Whether this operation is to fail. Counts it.
static int fails(int kind, const struct open_file *file) {
  if ((__atomic_load_n(&control->fail_kinds, __ATOMIC_SEQ_CST) & kind) == 0) return 0;
  if (control->fail_group != 0 && control->fail_group != file->group) return 0;
  if (__atomic_fetch_sub(&control->fail_after, 1, __ATOMIC_SEQ_CST) > 0) return 0;
  if (__atomic_fetch_sub(&control->fail_times, 1, __ATOMIC_SEQ_CST) <= 0) return 0;
  __atomic_add_fetch(&control->failed, 1, __ATOMIC_SEQ_CST);
  errno = (int)control->fail_errno;
  return 1;
}

static int ends_with(const char *text, const char *end) {
  size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

// log.db and what belongs to it, or chat.log and what belongs to it.
static int group_of(const char *path) {
  const char *name = path + data_length;
  return strncmp(name, "/log.", 5) == 0 ? GROUP_LOG : strncmp(name, "/chat.", 6) == 0 ? GROUP_CHAT : 0;
}

static int open_ours(int directory, const char *path, int flags, mode_t mode) {
  struct stat is;
  pthread_mutex_lock(&lock);
  int existed = lstat(path, &is) == 0;
  int fd = directory == AT_FDCWD ? get_open()(path, flags, mode) : get_openat()(directory, path, flags, mode);
  if (fd >= 0 && fd < FILES_MAX && fstat(fd, &is) == 0) {
    int kind = S_ISDIR(is.st_mode) ? 2 : !S_ISREG(is.st_mode) ? 0 : ends_with(path, "-shm") ? 3 : 1;
    files[fd] = (struct open_file){ is.st_dev, is.st_ino, kind, (flags & O_DSYNC) != 0, group_of(path) };
    if (kind == 1 || kind == 2) {
      put_text(existed ? OPENED : CREATED, is.st_ino, is.st_mode & 0777, path, strlen(path));
      if (existed && (flags & O_TRUNC) != 0 && kind == 1) put(TRUNCATED, is.st_ino, 0, NULL, 0);
    }
  }
  pthread_mutex_unlock(&lock);
  return fd;
}

static mode_t mode_of(int flags, va_list rest) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return ours(path) ? open_ours(AT_FDCWD, path, flags, mode) : get_open()(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open(path, flags | O_LARGEFILE, mode);
}

int openat(int directory, const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return ours(path) ? open_ours(directory, path, flags, mode) : get_openat()(directory, path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return openat(directory, path, flags | O_LARGEFILE, mode);
}

int creat(const char *path, mode_t mode) { return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int fd) {
  if (fd >= 0 && fd < FILES_MAX) files[fd].kind = 0;
  return get_close()(fd);
}

static void written(struct open_file *file, off_t at, const struct iovec *parts, int count, ssize_t length) {
  struct iovec copy[64];
  int used = 0;
  ssize_t left = length;
  for (int i = 0; i < count && i < 64 && left > 0; i++) {
    size_t part = parts[i].iov_len < (size_t)left ? parts[i].iov_len : (size_t)left;
    copy[used++] = (struct iovec){ parts[i].iov_base, part };
    left -= part;
  }
  __atomic_add_fetch(&control->writes, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_lock(&lock);
  put(WRITTEN, file->inode, at, copy, left > 0 ? 65 : used);
  if (file->synchronous) put(SYNCED, file->inode, now_number(), NULL, 0);
  pthread_mutex_unlock(&lock);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  struct open_file *file = data_file_of(fd);
  if (file == NULL) return get_write()(fd, bytes, length);
  if (fails(FAIL_WRITE, file)) return -1;
  ssize_t done = get_write()(fd, bytes, length);
  struct iovec part = { (void *)bytes, length };
  if (done > 0) written(file, lseek(fd, 0, SEEK_CUR) - done, &part, 1, done);
  return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  struct open_file *file = data_file_of(fd);
  if (file == NULL) return get_writev()(fd, parts, count);
  if (fails(FAIL_WRITE, file)) return -1;
  ssize_t done = get_writev()(fd, parts, count);
  if (done > 0) written(file, lseek(fd, 0, SEEK_CUR) - done, parts, count, done);
  return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  struct open_file *file = data_file_of(fd);
  if (file == NULL) return get_pwrite()(fd, bytes, length, at);
  if (fails(FAIL_WRITE, file)) return -1;
  ssize_t done = get_pwrite()(fd, bytes, length, at);
  struct iovec part = { (void *)bytes, length };
  if (done > 0) written(file, at, &part, 1, done);
  return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) { return pwrite(fd, bytes, length, at); }

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  struct open_file *file = data_file_of(fd);
  if (file == NULL) return get_pwritev()(fd, parts, count, at);
  if (fails(FAIL_WRITE, file)) return -1;
  ssize_t done = get_pwritev()(fd, parts, count, at);
  if (done > 0) written(file, at, parts, count, done);
  return done;
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at) { return pwritev(fd, parts, count, at); }

static void resized(ino_t inode, uint32_t kind, off_t size) {
  pthread_mutex_lock(&lock);
  put(kind, inode, size, NULL, 0);
  pthread_mutex_unlock(&lock);
}

int ftruncate(int fd, off_t size) {
  struct open_file *file = data_file_of(fd);
  if (file == NULL) return get_ftruncate()(fd, size);
  if (fails(FAIL_WRITE, file)) return -1;
  int done = get_ftruncate()(fd, size);
  if (done == 0) resized(file->inode, TRUNCATED, size);
  return done;
}

int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }

int truncate(const char *path, off_t size) {
  if (ours(path)) unmodelled("truncate");
  return get_truncate()(path, size);
}

int truncate64(const char *path, off_t size) { return truncate(path, size); }

int posix_fallocate(int fd, off_t at, off_t length) {
  struct open_file *file = data_file_of(fd);
  int done = get_posix_fallocate()(fd, at, length);
  if (file != NULL && done == 0) resized(file->inode, ALLOCATED, at + length);
  return done;
}

int posix_fallocate64(int fd, off_t at, off_t length) { return posix_fallocate(fd, at, length); }

int fallocate(int fd, int mode, off_t at, off_t length) {
  struct open_file *file = data_file_of(fd);
  int done = get_fallocate()(fd, mode, at, length);
  if (file != NULL && done == 0 && mode == 0) resized(file->inode, ALLOCATED, at + length);
  else if (file != NULL && done == 0 && mode != FALLOC_FL_KEEP_SIZE) unmodelled("fallocate");
  return done;
}

int fallocate64(int fd, int mode, off_t at, off_t length) { return fallocate(fd, mode, at, length); }

static int synced(int fd, int (*real)(int)) {
  struct open_file *file = file_of(fd);
  if (file == NULL || file->kind == 3) return real(fd);
  // Only what was written before this began is covered by it.
  uint64_t covered = now_number();
  ino_t inode = file->inode;
  __atomic_add_fetch(&control->syncs, 1, __ATOMIC_SEQ_CST);
  int64_t delay = __atomic_load_n(&control->sync_delay_ns, __ATOMIC_SEQ_CST);
  if (delay > 0) {
    struct timespec wait = { delay / 1000000000, delay % 1000000000 };
    nanosleep(&wait, NULL);
  }
  int done = fails(FAIL_SYNC, file) ? -1 : real(fd);
  int why = errno;
  pthread_mutex_lock(&lock);
  put(done == 0 ? SYNCED : SYNC_FAILED, inode, covered, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = why;
  return done;
}

int fsync(int fd) { return synced(fd, get_fsync()); }
int fdatasync(int fd) { return synced(fd, get_fdatasync()); }

int unlink(const char *path) {
  if (!ours(path)) return get_unlink()(path);
  pthread_mutex_lock(&lock);
  int done = get_unlink()(path);
  if (done == 0) put_text(UNLINKED, 0, 0, path, strlen(path));
  pthread_mutex_unlock(&lock);
  return done;
}

int rename(const char *from, const char *to) {
  if (!ours(from) && !ours(to)) return get_rename()(from, to);
  pthread_mutex_lock(&lock);
  int done = get_rename()(from, to);
  if (done == 0) {
    struct iovec both[2] = { { (void *)from, strlen(from) + 1 }, { (void *)to, strlen(to) } };
    put(RENAMED, 0, 0, both, 2);
  }
  pthread_mutex_unlock(&lock);
  return done;
}

int link(const char *from, const char *to) {
  if (ours(from) || ours(to)) unmodelled("link");
  return get_link()(from, to);
}

int mkdir(const char *path, mode_t mode) {
  if (!ours(path)) return get_mkdir()(path, mode);
  pthread_mutex_lock(&lock);
  int done = get_mkdir()(path, mode);
  if (done == 0) put_text(MADE, 0, mode, path, strlen(path));
  pthread_mutex_unlock(&lock);
  return done;
}

int rmdir(const char *path) {
  if (ours(path)) unmodelled("rmdir");
  return get_rmdir()(path);
}

ssize_t copy_file_range(int from, off_t *at, int to, off_t *into, size_t length, unsigned flags) {
  if (data_file_of(to) != NULL) unmodelled("copy_file_range");
  return get_copy_file_range()(from, at, to, into, length, flags);
}

ssize_t sendfile(int to, int from, off_t *at, size_t length) {
  if (data_file_of(to) != NULL) unmodelled("sendfile");
  return get_sendfile()(to, from, at, length);
}

ssize_t sendfile64(int to, int from, off_t *at, size_t length) { return sendfile(to, from, at, length); }

void *mmap(void *where, size_t length, int protection, int flags, int fd, off_t at) {
  if (fd >= 0 && (protection & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0 && data_file_of(fd) != NULL) {
    unmodelled("mmap");
  }
  return (void *)syscall(SYS_mmap, where, length, protection, flags, fd, at);
}

void *mmap64(void *where, size_t length, int protection, int flags, int fd, off_t at) {
  return mmap(where, length, protection, flags, fd, at);
}

static int64_t offset_ns(void) {
  pthread_once(&once, start);
  return __atomic_load_n(&control->clock_offset_ns, __ATOMIC_SEQ_CST);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int done = get_clock_gettime()(clock, now);
  if (done != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return done;
  int64_t ns = (int64_t)now->tv_sec * 1000000000 + now->tv_nsec + offset_ns();
  if (ns < 0) ns = 0;
  now->tv_sec = ns / 1000000000;
  now->tv_nsec = ns % 1000000000;
  return 0;
}

int gettimeofday(struct timeval *now, void *zone) {
  (void)zone;
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *into) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (into != NULL) *into = exact.tv_sec;
  return exact.tv_sec;
}
