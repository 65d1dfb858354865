/* Bytes to values and back. Every read is bounded by the frame; a malformed
 * request sets `bad` and the caller answers EINVAL. */
#include "agent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint8_t *out;
static size_t out_start, out_end, out_room;
static bool hurried; /* the host waits for something of what is queued */

const uint8_t *read_bytes(struct reader *r, size_t size) {
    if (r->bad || (size_t)(r->end - r->at) < size) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *at = r->at;
    r->at += size;
    return at;
}

uint8_t read_u8(struct reader *r) {
    const uint8_t *p = read_bytes(r, 1);
    return p ? *p : 0;
}

uint32_t read_u32(struct reader *r) {
    const uint8_t *p = read_bytes(r, 4);
    uint32_t v = 0;
    if (p) memcpy(&v, p, 4); /* little-endian, as are all machines carrel runs on */
    return v;
}

uint64_t read_u64(struct reader *r) {
    const uint8_t *p = read_bytes(r, 8);
    uint64_t v = 0;
    if (p) memcpy(&v, p, 8);
    return v;
}

char *read_string(struct reader *r) {
    uint32_t size = read_u32(r);
    const uint8_t *p = read_bytes(r, size);
    if (!p || memchr(p, 0, size)) {
        r->bad = true;
        return NULL;
    }
    char *s = malloc((size_t)size + 1);
    if (!s) _exit(70);
    memcpy(s, p, size);
    s[size] = 0;
    return s;
}

char **read_list(struct reader *r, uint32_t most) {
    uint32_t count = read_u32(r);
    if (r->bad || count > most) {
        r->bad = true;
        return NULL;
    }
    char **list = calloc((size_t)count + 1, sizeof *list);
    if (!list) _exit(70);
    for (uint32_t i = 0; i < count; i++) {
        list[i] = read_string(r);
        if (r->bad) {
            free_list(list);
            return NULL;
        }
    }
    return list;
}

void free_list(char **list) {
    if (!list) return;
    for (char **p = list; *p; p++) free(*p);
    free(list);
}

static void out_append(const void *data, size_t size) {
    if (!size) return;
    if (out_end + size > out_room) {
        if (out_start) {
            memmove(out, out + out_start, out_end - out_start);
            out_end -= out_start;
            out_start = 0;
        }
        while (out_end + size > out_room) {
            out_room = out_room ? 2 * out_room : 2 * OUT_SOFT_MAX;
            out = realloc(out, out_room);
            if (!out) _exit(70);
        }
    }
    memcpy(out + out_end, data, size);
    out_end += size;
}

void send_event(enum event type, uint32_t id, const void *payload, size_t size) {
    if (type != EV_STARTED && type != EV_STDOUT && type != EV_STDERR) hurried = true;
    uint8_t head[9];
    uint32_t length = (uint32_t)(5 + size);
    memcpy(head, &length, 4);
    head[4] = (uint8_t)type;
    memcpy(head + 5, &id, 4);
    out_append(head, sizeof head);
    out_append(payload, size);
}

void send_ok(uint32_t id, const void *payload, size_t size) {
    send_event(EV_OK, id, payload, size);
}

void send_errno(uint32_t id, int error, const char *what) {
    uint8_t payload[4 + 256];
    uint32_t number = (uint32_t)error;
    size_t size = strnlen(what, 256);
    memcpy(payload, &number, 4);
    memcpy(payload + 4, what, size);
    send_event(EV_ERROR, id, payload, 4 + size);
}

size_t out_pending(void) { return out_end - out_start; }

bool out_may_wait(void) { return !hurried && out_pending() < CHUNK_MAX; }

void out_hurry(void) { hurried = true; }

bool out_flush(int fd) {
    while (out_start < out_end) {
        ssize_t n = write(fd, out + out_start, out_end - out_start);
        if (n < 0) return errno == EAGAIN || errno == EINTR;
        out_start += (size_t)n;
    }
    out_start = out_end = 0;
    hurried = false;
    return true;
}
