/* Inside the sandbox: the protocol of judge/kinds/call_session.py. Valid in C and in C++. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int calls = -1, answers = -1;
static unsigned char number[8];
static unsigned char *call;
static size_t call_size, call_at;
static unsigned char *out;
static size_t out_size, out_room;
enum { HEAD = 13 }; /* length, number, status */

/* Before anything of the student's program runs, its constructors included: what it reads
 * and prints has nothing to do with the calls. */
__attribute__((constructor(101))) static void separate(void) {
    calls = fcntl(0, F_DUPFD_CLOEXEC, 200);
    answers = fcntl(1, F_DUPFD_CLOEXEC, 200);
    int nothing = open("/dev/null", O_RDONLY);
    if (calls < 0 || answers < 0 || nothing < 0 || dup2(nothing, 0) < 0 || dup2(2, 1) < 0) _exit(120);
    close(nothing);
}

static void receive(unsigned char *data, size_t size) {
    while (size) {
        ssize_t n = read(calls, data, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) _exit(0);
        data += n;
        size -= (size_t)n;
    }
}

static const unsigned char *take(size_t size) {
    if (size > call_size - call_at) _exit(121); /* the host would have to be wrong */
    call_at += size;
    return call + call_at - size;
}

static unsigned long long big_endian(const unsigned char *data, int size) {
    unsigned long long value = 0;
    for (int i = 0; i < size; i++) value = value << 8 | data[i];
    return value;
}

void carrel_receive(void) {
    unsigned char head[4];
    receive(head, 4);
    call_size = (size_t)big_endian(head, 4);
    free(call);
    call = (unsigned char *)malloc(call_size + 1);
    if (!call) _exit(122);
    receive(call, call_size);
    call_at = 0;
    memcpy(number, take(8), 8);
    take(4); /* how many arguments; the harness knows */
    carrel_forget();
}

char carrel_tag(void) { return (char)*take(1); }
unsigned carrel_u32(void) { return (unsigned)big_endian(take(4), 4); }
long long carrel_i64(void) { return (long long)big_endian(take(8), 8); }

double carrel_f64(void) {
    unsigned long long bits = big_endian(take(8), 8);
    double value;
    memcpy(&value, &bits, 8);
    return value;
}

const char *carrel_bytes(unsigned size) { return (const char *)take(size); }

char *carrel_text(void) {
    unsigned size = carrel_u32();
    char *text = (char *)carrel_room(size + 1, 1);
    memcpy(text, take(size), size);
    text[size] = 0;
    return text;
}

void *carrel_room(unsigned count, unsigned long size) {
    void *room = calloc(count ? count : 1, size);
    if (!room) {
        fputs("carrel: no memory left for the arguments\n", stderr);
        _exit(122);
    }
    return room;
}

static void put(const void *data, size_t size) {
    if (size > out_room - out_size) {
        out_room = 2 * (out_size + size) + 4096;
        out = (unsigned char *)realloc(out, out_room);
        if (!out) {
            fputs("carrel: no memory left for the result\n", stderr);
            _exit(122);
        }
    }
    memcpy(out + out_size, data, size);
    out_size += size;
}

static void put_number(unsigned long long value, int size) {
    unsigned char data[8];
    for (int i = size - 1; i >= 0; i--, value >>= 8) data[i] = (unsigned char)value;
    put(data, (size_t)size);
}

void carrel_put(char tag) { put(&tag, 1); }
void carrel_put_u32(unsigned value) { put_number(value, 4); }
void carrel_put_i64(long long value) { put_number((unsigned long long)value, 8); }

void carrel_put_f64(double value) {
    unsigned long long bits;
    memcpy(&bits, &value, 8);
    put_number(bits, 8);
}

void carrel_put_bytes(const char *data, unsigned long size) {
    put_number(size, 4);
    put(data, size);
}

void carrel_put_text(const char *text) {
    if (!text) {
        carrel_put('n');
        return;
    }
    carrel_put('s');
    carrel_put_bytes(text, strlen(text));
}

void carrel_forget(void) {
    static const unsigned char head[HEAD] = {0};
    out_size = 0;
    put(head, HEAD);
}

void carrel_answer(char status) {
    fflush(stdout);
    size_t size = out_size, at = 0;
    out_size = 0;
    put_number(size - 4, 4);
    put(number, 8);
    put(&status, 1);
    while (at < size) {
        ssize_t n = write(answers, out + at, size - at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) _exit(123);
        at += (size_t)n;
    }
}

void carrel_ready(void) {
    memset(number, 0, sizeof number);
    carrel_forget();
    carrel_answer('Y');
}
