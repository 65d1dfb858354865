/* A control group for each program, in a sandbox with a kernel of its own (a virtual machine).
 *
 * There the host sees only which of the machine's pages were ever touched, not whose they
 * are, so this kernel limits a program's memory and counts it. Elsewhere no control group is
 * mounted, and nothing here does anything: the host's own hold the sandbox. */
#include "agent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#define GROUPS "/sys/fs/cgroup"
#define PREFIX "run-"

static unsigned last;

static bool are_ours(void) {
    static int known; /* 1: yes, -1: no */
    struct statfs fs;
    if (!known) known = statfs(GROUPS, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC ? 1 : -1;
    return known > 0;
}

static int open_file(const struct control_group *group, const char *name, int flags) {
    char path[96];
    snprintf(path, sizeof path, GROUPS "/" PREFIX "%u/%s", group->number, name);
    return open(path, flags | O_CLOEXEC);
}

static int set(const struct control_group *group, const char *name, uint64_t value) {
    char text[24];
    int fd = open_file(group, name, O_WRONLY), size = snprintf(text, sizeof text, "%" PRIu64, value);
    if (fd < 0) return -1;
    int done = write(fd, text, (size_t)size) == size ? 0 : -1;
    int error = errno;
    close(fd);
    errno = error;
    return done;
}

/* The number after `key` in a file of the group, or the file's only one; 0 when there is none. */
static uint64_t get(const struct control_group *group, const char *name, const char *key) {
    char text[4096];
    int fd = open_file(group, name, O_RDONLY);
    if (fd < 0) return 0;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size < 0) return 0;
    text[size] = 0;
    if (!*key) return strtoull(text, NULL, 10);
    size_t length = strlen(key);
    for (char *line = text; line; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        if (!strncmp(line, key, length) && line[length] == ' ')
            return strtoull(line + length, NULL, 10);
    }
    return 0;
}

int group_open(struct control_group *group, uint64_t memory_bytes, uint64_t processes) {
    group->entrance = -1;
    group->number = 0;
    if (!memory_bytes || !are_ours()) return 0;
    char path[64];
    group->number = ++last;
    snprintf(path, sizeof path, GROUPS "/" PREFIX "%u", group->number);
    if (mkdir(path, 0700) < 0) {
        group->number = 0;
        return -1;
    }
    /* All of it or nothing: a program of which a child was killed may wait for that forever. */
    if (set(group, "memory.max", memory_bytes) < 0 || set(group, "memory.oom.group", 1) < 0 ||
        (processes && set(group, "pids.max", processes) < 0) ||
        (group->entrance = open_file(group, "cgroup.procs", O_WRONLY)) < 0) {
        int error = errno;
        group_close(group);
        errno = error;
        return -1;
    }
    return 0;
}

bool group_take(const struct control_group *group, pid_t pid) {
    return !group->number || set(group, "cgroup.procs", (uint64_t)pid) == 0;
}

uint64_t group_peak(const struct control_group *group) {
    if (!group->number) return 0;
    uint64_t peak = get(group, "memory.peak", ""), file = get(group, "memory.stat", "file");
    uint64_t shared = get(group, "memory.stat", "shmem"), cache = file > shared ? file - shared : 0;
    return peak > cache ? peak - cache : 0;
}

bool group_out_of_memory(const struct control_group *group) {
    return group->number && get(group, "memory.events", "oom_kill") > 0;
}

void group_close(struct control_group *group) {
    if (!group->number) return; /* and the descriptor is none, or never was one */
    if (group->entrance >= 0) close(group->entrance);
    group->entrance = -1;
    group->number = 0;
    /* One whose program left others behind goes with a later one. */
    DIR *all = opendir(GROUPS);
    struct dirent *entry;
    while (all && (entry = readdir(all)))
        if (!strncmp(entry->d_name, PREFIX, sizeof PREFIX - 1))
            unlinkat(dirfd(all), entry->d_name, AT_REMOVEDIR);
    if (all) closedir(all);
}
