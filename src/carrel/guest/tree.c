/* Directories that a student may have filled, handled as hostile: no symbolic
 * link is followed, no recursion is as deep as the student's directories, and
 * the work is bounded (WIPE_MAX); a sandbox that exceeds it is thrown away. */
#include "agent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define BOX "/box"

static const struct {
    const char *name; /* in the writable layer */
    const char *path; /* where students see it */
    mode_t mode;
    uid_t owner;
} PLACES[] = {
    {BOX "/app", "/app", 01777, 0},
    {BOX "/data", "/data", 01777, 0},
    {BOX "/work", "/work", 0711, 0},
    {BOX "/tmp", "/tmp", 01777, 0},
    {BOX "/shm", "/dev/shm", 01777, 0},
    {BOX "/home", "/home/student", 0755, STUDENT_UID},
};

/* One size-limited tmpfs holds all that can be written, bound to the places
 * students use, so that the disk limit is one limit. The root file system stays
 * read-only. */
int setup_writable(uint64_t disk_bytes) {
    char options[64];
    umask(022);
    mkdir("/dev/shm", 0755);
    snprintf(options, sizeof options, "size=%llu,mode=0711", (unsigned long long)disk_bytes);
    if (mount("tmpfs", BOX, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0) return -1;
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        if (mkdir(PLACES[i].name, 0700) < 0) return -1;
        if (chown(PLACES[i].name, PLACES[i].owner, PLACES[i].owner) < 0) return -1;
        if (chmod(PLACES[i].name, PLACES[i].mode) < 0) return -1;
        if (mount(PLACES[i].name, PLACES[i].path, NULL, MS_BIND, NULL) < 0) return -1;
    }
    /* gVisor shows anybody the first process's environment, memory map and descriptors,
     * and lets them open those that the host's file mode allows. */
    if (mount("tmpfs", "/proc/1", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "size=4096,mode=0") < 0)
        return -1;
    /* Only the bound places remain reachable; the agent's own corner is private. */
    return mkdir(BOX "/agent", 0700) < 0 ? -1 : chmod(BOX, 0700);
}

uint64_t disk_used(void) {
    struct statfs fs;
    if (statfs(BOX, &fs) < 0) return 0;
    return (uint64_t)(fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize;
}

static bool dots(const char *name) {
    return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Empty `dirfd` without recursion: what a subdirectory holds is first moved up
 * to the top, so that depth costs nothing. Consumes dirfd. */
static int empty_directory(int dirfd, int *budget) {
    unsigned serial = 0;
    for (bool again = true; again;) {
        again = false;
        DIR *top = fdopendir(dup(dirfd));
        if (!top) break;
        rewinddir(top);
        struct dirent *entry;
        while ((entry = readdir(top))) {
            if (dots(entry->d_name)) continue;
            if (--*budget < 0) {
                closedir(top);
                close(dirfd);
                errno = E2BIG;
                return -1;
            }
            again = true;
            if (unlinkat(dirfd, entry->d_name, 0) == 0) continue;
            int sub = openat(dirfd, entry->d_name,
                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
            DIR *below = sub >= 0 ? fdopendir(sub) : NULL;
            struct dirent *inner;
            while (below && (inner = readdir(below))) {
                if (dots(inner->d_name)) continue;
                if (--*budget < 0) break;
                if (unlinkat(sub, inner->d_name, 0) == 0) continue;
                char hoisted[32];
                do {
                    snprintf(hoisted, sizeof hoisted, ".carrel-%u", serial++);
                } while (faccessat(dirfd, hoisted, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
                renameat(sub, inner->d_name, dirfd, hoisted);
            }
            if (below) closedir(below);
            unlinkat(dirfd, entry->d_name, AT_REMOVEDIR);
        }
        closedir(top);
    }
    close(dirfd);
    return 0;
}

int wipe_directory(const char *path) {
    int budget = WIPE_MAX;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -1 : empty_directory(fd, &budget);
}

int remove_tree_at(int dirfd, const char *name) {
    int budget = WIPE_MAX;
    if (unlinkat(dirfd, name, 0) == 0) return 0;
    if (errno != EISDIR && errno != EPERM) return -1;
    int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || empty_directory(fd, &budget) < 0) return -1;
    return unlinkat(dirfd, name, AT_REMOVEDIR);
}

int wipe_scratch(void) {
    static const char *const scratch[] = {"/work", "/tmp", "/dev/shm"};
    for (size_t i = 0; i < 3; i++)
        if (wipe_directory(scratch[i]) < 0) return -1;
    return 0;
}

static int seal_at(int dirfd, int depth, int *budget) {
    DIR *dir = fdopendir(dirfd);
    if (!dir) return -1;
    struct dirent *entry;
    while ((entry = readdir(dir))) {
        const char *name = entry->d_name;
        if (dots(name)) continue;
        if (--*budget < 0 || depth > 32) {
            closedir(dir);
            errno = E2BIG;
            return -1;
        }
        int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
            /* symbolic link, FIFO, socket, device: not a result of a compiler */
            if (fd >= 0) close(fd);
            unlinkat(dirfd, name, 0);
            continue;
        }
        bool directory = S_ISDIR(st.st_mode);
        (void)!fchown(fd, 0, 0);
        fchmod(fd, directory || (st.st_mode & 0111) ? 0555 : 0444);
        if (!directory) {
            close(fd);
        } else if (seal_at(fd, depth + 1, budget) < 0) {
            closedir(dir);
            return -1;
        }
    }
    closedir(dir);
    return 0;
}

int seal_directory(const char *path) {
    int budget = WIPE_MAX;
    int fd = open_directory(path);
    if (fd < 0) return -1;
    (void)!fchown(fd, 0, 0);
    fchmod(fd, 0755);
    return seal_at(fd, 0, &budget);
}
