/* The caller's files. Paths are absolute; "." and ".." are refused. A symbolic
 * link is followed only when root owns it, that is, when it came with the
 * template: a student's link, swapped in at whatever moment, is refused, because
 * each step is taken from the descriptor of the step before. */
#include "agent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINKS 16
#define LIST_MAX 10000

enum wanted { WANT_EXISTING, WANT_PARENTS, WANT_SECURED_PARENTS };

/* A directory the student owns lets the student delete what is in it, so the way
 * to a read-only file goes through directories of root's, sticky like /tmp. Its group
 * is the student's alone: one test must not leave notes there for the next. */
static int secure(int fd) { return fchown(fd, 0, STUDENT_UID) < 0 ? -1 : fchmod(fd, 01775); }

/* Replace the part of `path` up to `at` by the link's target. */
static int substitute(char *path, size_t start, size_t at, int link) {
    char target[PATH_MAX], rest[PATH_MAX];
    ssize_t n = readlinkat(link, "", target, sizeof target - 1);
    if (n <= 0) return -1;
    target[n] = 0;
    snprintf(rest, sizeof rest, "%s", path + at);
    size_t keep = target[0] == '/' ? 0 : start;
    path[keep] = 0;
    if (keep + (size_t)n + strlen(rest) + 1 >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcat(path, target);
    strcat(path, rest);
    /* a template's link may say "../usr/lib"; resolve it by its text */
    char *up;
    while ((up = strstr(path, "/../"))) {
        char *before = up;
        while (before > path && before[-1] != '/') before--;
        memmove(before > path ? before - 1 : before, up + 3, strlen(up + 3) + 1);
    }
    return 0;
}

/* Open the directory that holds the last component of `given` and copy that
 * component to `name` ("" for the root itself). Returns a descriptor or -1. */
static int open_parent(const char *given, enum wanted wanted, char name[NAME_MAX + 1]) {
    char path[PATH_MAX];
    if (given[0] != '/' || strlen(given) >= sizeof path) {
        errno = given[0] == '/' ? ENAMETOOLONG : EINVAL;
        return -1;
    }
    strcpy(path, given);
    int links = 0;
restart:;
    int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    size_t at = 0;
    name[0] = 0;
    for (;;) {
        while (path[at] == '/') at++;
        size_t start = at, size = strcspn(path + at, "/");
        if (!size) return dir;
        at += size;
        size_t next = at + strspn(path + at, "/");
        if (size > NAME_MAX) {
            errno = ENAMETOOLONG;
            goto failed;
        }
        memcpy(name, path + start, size);
        name[size] = 0;
        if (!strcmp(name, ".") || !strcmp(name, "..")) {
            errno = EINVAL;
            goto failed;
        }
        bool last = !path[next];
        int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT && !last && wanted != WANT_EXISTING) {
            if (mkdirat(dir, name, 0755) < 0 && errno != EEXIST) goto failed;
            fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (fd >= 0 && wanted == WANT_PARENTS) {
                (void)!fchown(fd, STUDENT_UID, STUDENT_UID);
            } else if (fd >= 0) {
                (void)!secure(fd);
            }
        }
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0) {
            if (fd < 0 && errno == ENOENT && last) return dir;
            if (fd >= 0) close(fd);
            goto failed;
        }
        if (S_ISLNK(st.st_mode)) {
            if (st.st_uid != 0 || ++links > MAX_LINKS) {
                close(fd);
                errno = ELOOP;
                goto failed;
            }
            int done = substitute(path, start, at, fd);
            close(fd);
            if (done < 0) goto failed;
            close(dir);
            goto restart;
        }
        if (last) {
            close(fd);
            return dir;
        }
        if (!S_ISDIR(st.st_mode)) {
            close(fd);
            errno = ENOTDIR;
            goto failed;
        }
        if (wanted == WANT_SECURED_PARENTS && st.st_uid != 0) {
            int real = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            close(fd);
            fd = real;
            if (fd < 0 || secure(fd) < 0) goto failed;
        }
        close(dir);
        dir = fd;
        at = next;
    }
failed:;
    int error = errno;
    close(dir);
    errno = error;
    return -1;
}

int open_directory(const char *path) {
    char name[NAME_MAX + 1];
    int dir = open_parent(path, WANT_EXISTING, name);
    if (dir < 0) return -1;
    int fd = openat(dir, name[0] ? name : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int error = errno;
    close(dir);
    errno = error;
    return fd;
}

static int write_all(int fd, const uint8_t *data, size_t size) {
    while (size) {
        ssize_t n = write(fd, data, size);
        if (n < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

/* The old file stays protected for as long as its successor may still fail. */
static int replace(const char *path, int dir, const char *temporary, const char *name) {
    lift_protection(path);
    int result = renameat(dir, temporary, dir, name);
    restore_protection();
    return result;
}

/* Files appear whole: written under a name of our own, then renamed over the old
 * one. So neither a FIFO in its place nor a descriptor a student kept open can
 * block the write or change it later. */
static int put(const char *path, uint8_t flags, const uint8_t *data, size_t size) {
    char name[NAME_MAX + 1], temporary[32];
    uint64_t unguessable; /* a name known before could be taken by a directory */
    bool readonly = flags & PUT_READONLY;
    uid_t owner = readonly ? 0 : STUDENT_UID;
    int dir = open_parent(path, readonly ? WANT_SECURED_PARENTS : WANT_PARENTS, name);
    if (dir < 0) return -1;
    int fd = -1, error = 0;
    struct stat st;
    bool exists = name[0] && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!name[0] || (exists && S_ISDIR(st.st_mode))) {
        error = EISDIR;
    } else if (exists && !S_ISREG(st.st_mode)) {
        error = S_ISLNK(st.st_mode) ? ELOOP : EINVAL;
    } else if (flags & PUT_APPEND) { /* only continues a put of our own */
        fd = openat(dir, name, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        /* A student may have put another file in its place since, or a link to one. */
        if (fd < 0 || fstat(fd, &st) < 0)
            error = errno;
        else if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_uid != owner)
            error = ESTALE;
        else if (write_all(fd, data, size) < 0)
            error = errno;
    } else {
        mode_t mode = (readonly ? 0444 : 0644) | (flags & PUT_EXECUTABLE ? 0111 : 0);
        if (getrandom(&unguessable, sizeof unguessable, 0) < 0) unguessable = 0;
        snprintf(temporary, sizeof temporary, ".put-%016llx", (unsigned long long)unguessable);
        fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 || write_all(fd, data, size) < 0 || fchown(fd, owner, owner) < 0 ||
            fchmod(fd, mode) < 0 || replace(path, dir, temporary, name) < 0) {
            error = errno;
            unlinkat(dir, temporary, 0);
        } else if (readonly && (fstat(fd, &st) < 0 || protect(path, &st) < 0)) {
            error = errno;
            unlinkat(dir, name, 0);
        }
    }
    if (fd >= 0) close(fd);
    close(dir);
    errno = error;
    return error ? -1 : 0;
}

static void answer(uint32_t id, int result, const char *path) {
    if (result < 0)
        send_errno(id, errno, path ? path : "");
    else
        send_ok(id, NULL, 0);
}

void handle_put(uint32_t id, struct reader *r) {
    uint8_t flags = read_u8(r);
    char *path = read_string(r);
    if (r->bad)
        send_errno(id, EINVAL, "malformed request");
    else
        answer(id, put(path, flags, r->at, (size_t)(r->end - r->at)), path);
    free(path);
}

/* Files being read back: sent piece by piece, as fast as the host takes them. */
static struct get {
    uint32_t id;
    int fd; /* 0: free */
    uint64_t left;
} gets[8];

void gets_pump(void) {
    static uint8_t piece[CHUNK_MAX - 64];
    for (int i = 0; i < 8; i++) {
        while (gets[i].fd && out_pending() < OUT_SOFT_MAX) {
            size_t want = gets[i].left < sizeof piece ? (size_t)gets[i].left : sizeof piece;
            ssize_t n = want ? read(gets[i].fd, piece, want) : 0;
            if (n > 0) {
                send_event(EV_DATA, gets[i].id, piece, (size_t)n);
                gets[i].left -= (uint64_t)n;
                continue;
            }
            if (n < 0)
                send_errno(gets[i].id, errno, "reading");
            else
                send_ok(gets[i].id, NULL, 0);
            close(gets[i].fd);
            gets[i].fd = 0;
        }
    }
}

static int open_regular(const char *path, uint64_t most) {
    char name[NAME_MAX + 1];
    int dir = open_parent(path, WANT_EXISTING, name);
    if (dir < 0) return -1;
    int fd = name[0] ? openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
                     : (errno = EISDIR, -1);
    int error = errno;
    close(dir);
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0) {
        error = S_ISDIR(st.st_mode)                 ? EISDIR
                : !S_ISREG(st.st_mode)              ? EINVAL
                : (uint64_t)st.st_size > most       ? EFBIG
                                                    : 0;
        if (!error) return fd;
    }
    if (fd >= 0) close(fd);
    errno = error;
    return -1;
}

void handle_get(uint32_t id, struct reader *r) {
    uint64_t most = read_u64(r);
    char *path = read_string(r);
    int slot = 0;
    while (slot < 8 && gets[slot].fd) slot++;
    if (r->bad || slot == 8) {
        send_errno(id, r->bad ? EINVAL : EBUSY, "reading a file");
    } else {
        int fd = open_regular(path, most);
        if (fd < 0)
            send_errno(id, errno, path);
        else
            gets[slot] = (struct get){id, fd, most};
    }
    free(path);
}

static size_t pack_entry(uint8_t *to, const struct stat *st, const char *name) {
    uint32_t size = (uint32_t)strlen(name), mode = st->st_mode, uid = st->st_uid;
    uint64_t bytes = (uint64_t)st->st_size;
    int64_t modified = (int64_t)st->st_mtime;
    memcpy(to, &mode, 4);
    memcpy(to + 4, &uid, 4);
    memcpy(to + 8, &bytes, 8);
    memcpy(to + 16, &modified, 8);
    memcpy(to + 24, &size, 4);
    memcpy(to + 28, name, size);
    return 28 + size;
}

void handle_stat(uint32_t id, struct reader *r) {
    char *path = read_string(r);
    char name[NAME_MAX + 1];
    uint8_t entry[28 + NAME_MAX];
    struct stat st;
    int dir = r->bad ? (errno = EINVAL, -1) : open_parent(path, WANT_EXISTING, name);
    int result = dir < 0        ? -1
                 : name[0]      ? fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW)
                                : fstat(dir, &st);
    if (result < 0)
        send_errno(id, errno, path ? path : "");
    else
        send_ok(id, entry, pack_entry(entry, &st, name));
    if (dir >= 0) close(dir);
    free(path);
}

void handle_list(uint32_t id, struct reader *r) {
    char *path = read_string(r);
    char name[NAME_MAX + 1];
    int fd = -1, dir = r->bad ? (errno = EINVAL, -1) : open_parent(path, WANT_EXISTING, name);
    if (dir >= 0)
        fd = openat(dir, name[0] ? name : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    if (!list) {
        send_errno(id, errno, path ? path : "");
        if (fd >= 0) close(fd);
    } else {
        struct dirent *entry;
        int count = 0;
        while ((errno = 0, entry = readdir(list)) && count < LIST_MAX) {
            uint8_t packed[28 + NAME_MAX];
            struct stat st;
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
            if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) continue;
            send_event(EV_DATA, id, packed, pack_entry(packed, &st, entry->d_name));
            count++;
        }
        int error = entry ? EOVERFLOW : errno;
        closedir(list);
        if (error)
            send_errno(id, error, path);
        else
            send_ok(id, NULL, 0);
    }
    if (dir >= 0) close(dir);
    free(path);
}

void handle_mkdir(uint32_t id, struct reader *r) {
    char *path = read_string(r);
    char name[NAME_MAX + 1];
    int dir = r->bad ? (errno = EINVAL, -1) : open_parent(path, WANT_PARENTS, name);
    int result = dir < 0 ? -1 : 0;
    if (dir >= 0 && name[0] && mkdirat(dir, name, 0755) == 0) {
        result = fchownat(dir, name, STUDENT_UID, STUDENT_UID, AT_SYMLINK_NOFOLLOW);
    } else if (dir >= 0 && name[0]) {
        struct stat st;
        int error = errno;
        bool there = error == EEXIST && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
        result = there && S_ISDIR(st.st_mode) ? 0 : -1;
        errno = error;
    }
    answer(id, result, path);
    if (dir >= 0) close(dir);
    free(path);
}

void handle_remove(uint32_t id, struct reader *r) {
    char *path = read_string(r);
    char name[NAME_MAX + 1];
    int dir = r->bad ? (errno = EINVAL, -1) : open_parent(path, WANT_EXISTING, name);
    int result = -1;
    if (dir >= 0 && name[0]) {
        lift_protection(path);
        result = remove_tree_at(dir, name);
        restore_protection();
    } else if (dir >= 0) {
        errno = EBUSY;
    }
    answer(id, result, path);
    if (dir >= 0) close(dir);
    free(path);
}
