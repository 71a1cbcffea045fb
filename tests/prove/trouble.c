// A disk in trouble, for whatever program this library is loaded into: what is written to a
// recording's audio at a position is held up or refused as TROUBLE says.
//
//   slow MS 0         every write takes so many milliseconds more
//   fail FIRST LAST   the writes of these numbers, counted from 1, fail with EIO
//   broken MS 0       so long after the first write, every write fails with EIO
//   hung FROM TO      writes of this time after the first one, in milliseconds, end with it

#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char AUDIO[] = "/user_audio.ogg";

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

static int is_audio(int file) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path);
    ssize_t name = sizeof AUDIO - 1;
    return length > name && memcmp(path + length - name, AUDIO, name) == 0;
}

// Says whether the write is to fail; returns late if it is to be late.
static int is_refused(void) {
    static atomic_llong first, count;
    char what[16] = "";
    long long from = 0, to = 0, none = 0;
    const char *trouble = getenv("TROUBLE");
    if (!trouble || sscanf(trouble, "%15s %lld %lld", what, &from, &to) != 3) {
        return 0;
    }
    long long number = atomic_fetch_add(&count, 1) + 1, now = now_ms();
    atomic_compare_exchange_strong(&first, &none, now);
    long long age = now - atomic_load(&first);
    if (!strcmp(what, "slow")) {
        wait_ms(from);
    } else if (!strcmp(what, "hung") && age >= from && age < to) {
        wait_ms(to - age);
    }
    return (!strcmp(what, "fail") && number >= from && number <= to) ||
           (!strcmp(what, "broken") && age >= from);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    if (is_audio(file) && is_refused()) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_pwrite64, file, bytes, count, at);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    return pwrite64(file, bytes, count, at);
}
