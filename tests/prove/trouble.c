// A disk in trouble, for whatever program this library is loaded into: what is written to a
// recording's audio at a position, and what of it or of its description is brought to the disk, is
// held up or refused as TROUBLE says.
//
//   slow MS 0         every write and sync takes so many milliseconds more
//   fail FIRST LAST   the writes of these numbers, counted from 1, fail with EIO
//   broken MS 0       so long after the first write, every write and sync fails with EIO
//   hung FROM TO      what is begun in this time after the first write, in milliseconds, ends with it
//
// The file TROUBLE_MARK is made when the trouble is felt first.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void wait_ms(long long left) {
    struct timespec rest = {left / 1000, left % 1000 * 1000000};
    while (nanosleep(&rest, &rest) == -1 && errno == EINTR) {
    }
}

static int is_named(int file, const char *name) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path);
    ssize_t rest = strlen(name);
    return length > rest && memcmp(path + length - rest, name, rest) == 0;
}

static int is_audio(int file) {
    return is_named(file, "/user_audio.ogg");
}

static int is_description(int file) {
    return is_named(file, "/metadata.json") || is_named(file, "/metadata.tmp");
}

static void mark(void) {
    static atomic_int is_marked;
    const char *path = getenv("TROUBLE_MARK");
    if (path && !atomic_exchange(&is_marked, 1)) {
        close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    }
}

// Says whether it is to fail; returns late if it is to be late.
static int is_refused(int is_write) {
    static atomic_llong first, count;
    char what[16] = "";
    long long from = 0, to = 0, none = 0;
    const char *trouble = getenv("TROUBLE");
    if (!trouble || sscanf(trouble, "%15s %lld %lld", what, &from, &to) != 3) {
        return 0;
    }
    long long now = now_ms(), number = 0;
    if (is_write) {
        number = atomic_fetch_add(&count, 1) + 1;
        atomic_compare_exchange_strong(&first, &none, now);
    }
    long long began = atomic_load(&first), age = began ? now - began : 0;
    int is_late = !strcmp(what, "slow");
    int is_held = !strcmp(what, "hung") && age >= from && age < to;
    int fails = (!strcmp(what, "fail") && number >= from && number <= to) ||
                (!strcmp(what, "broken") && age >= from);
    if (is_late || is_held || fails) {
        mark();
    }
    if (is_late) {
        wait_ms(from);
    } else if (is_held) {
        wait_ms(to - age);
    }
    return fails;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    if (is_audio(file) && is_refused(1)) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_pwrite64, file, bytes, count, at);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    return pwrite64(file, bytes, count, at);
}

static int sync_by(long call, int file) {
    if ((is_audio(file) || is_description(file)) && is_refused(0)) {
        errno = EIO;
        return -1;
    }
    return syscall(call, file);
}

int fsync(int file) {
    return sync_by(SYS_fsync, file);
}

int fdatasync(int file) {
    return sync_by(SYS_fdatasync, file);
}
