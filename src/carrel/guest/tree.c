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
#define FILES_MIN 4096 /* so many files fit into the smallest disk, and one more per */
#define BYTES_PER_FILE 8192

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
    char options[96];
    uint64_t files = FILES_MIN + disk_bytes / BYTES_PER_FILE;
    umask(022);
    mkdir("/dev/shm", 0755);
    /* A file without content takes no block, and would be limited only by the memory for
     * its inode. gVisor knows no such limit and refuses the option. */
    snprintf(options, sizeof options, "mode=0711,size=%llu,nr_inodes=%llu",
             (unsigned long long)disk_bytes, (unsigned long long)files);
    if (mount("tmpfs", BOX, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0) {
        *strrchr(options, ',') = 0;
        if (errno != EINVAL || mount("tmpfs", BOX, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
            return -1;
    }
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

/* Read `dir` on; NULL at its end, with errno 0, or when it cannot be read. */
static struct dirent *next_entry(DIR *dir) {
    struct dirent *entry;
    do {
        errno = 0;
    } while ((entry = readdir(dir)) && dots(entry->d_name));
    return entry;
}

static int close_keeping_errno(DIR *dir, int result) {
    int error = errno;
    closedir(dir);
    errno = error;
    return result;
}

/* fdopendir, which consumes `fd` also when it fails. */
static DIR *list_of(int fd) {
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir && fd >= 0) {
        int error = errno;
        close(fd);
        errno = error;
    }
    return dir;
}

/* Remove what the directory `name` of `dirfd` holds, or move it up to `dirfd`. What is no
 * directory, or cannot be opened, stays and costs the caller's budget until that is spent. */
static int raise_contents(int dirfd, const char *name, unsigned *serial, int *budget) {
    int sub = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (sub < 0) return 0;
    DIR *below = list_of(sub);
    if (!below) return -1;
    struct dirent *inner;
    while ((inner = next_entry(below))) {
        if (--*budget < 0) {
            errno = E2BIG;
            break;
        }
        if (unlinkat(sub, inner->d_name, 0) == 0) continue;
        char hoisted[32];
        do {
            snprintf(hoisted, sizeof hoisted, ".carrel-%u", (*serial)++);
        } while (faccessat(dirfd, hoisted, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
        renameat(sub, inner->d_name, dirfd, hoisted);
    }
    return close_keeping_errno(below, errno ? -1 : 0);
}

/* One look at all that `dirfd` holds; `again`: something was there. */
static int empty_once(int dirfd, bool *again, unsigned *serial, int *budget) {
    DIR *top = list_of(fcntl(dirfd, F_DUPFD_CLOEXEC, 3));
    if (!top) return -1;
    rewinddir(top);
    struct dirent *entry;
    while ((entry = next_entry(top))) {
        *again = true;
        if (--*budget < 0) {
            errno = E2BIG;
            break;
        }
        if (unlinkat(dirfd, entry->d_name, 0) == 0) continue;
        if (raise_contents(dirfd, entry->d_name, serial, budget) < 0) break;
        unlinkat(dirfd, entry->d_name, AT_REMOVEDIR);
    }
    return close_keeping_errno(top, errno ? -1 : 0);
}

/* Empty `dirfd` without recursion: what a subdirectory holds is first moved up
 * to the top, so that depth costs nothing. Consumes dirfd. Done is what was looked at
 * and found empty; where nobody could look, something may be left. */
static int empty_directory(int dirfd, int *budget) {
    unsigned serial = 0;
    int result = 0;
    for (bool again = true; again && result == 0;) {
        again = false;
        result = empty_once(dirfd, &again, &serial, budget);
    }
    int error = errno;
    close(dirfd);
    errno = error;
    return result;
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

/* Symbolic links, FIFOs, sockets and devices are not results of a compiler, and dropped.
 * A file or directory that cannot be sealed is kept, and said. */
static int seal_at(int dirfd, int depth, int *budget) {
    DIR *dir = list_of(dirfd);
    if (!dir) return -1;
    struct dirent *entry;
    while ((entry = next_entry(dir))) {
        const char *name = entry->d_name;
        struct stat st;
        if (--*budget < 0 || depth > 32) {
            errno = E2BIG;
            break;
        }
        if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) break;
        bool directory = S_ISDIR(st.st_mode);
        if (!directory && !S_ISREG(st.st_mode)) {
            if (unlinkat(dirfd, name, 0) < 0) break;
            continue;
        }
        int fd = openat(dirfd, name, (directory ? O_DIRECTORY : 0) | O_RDONLY | O_NOFOLLOW |
                                         O_NONBLOCK | O_CLOEXEC);
        if (fd < 0) break;
        mode_t mode = directory || (st.st_mode & 0111) ? 0555 : 0444;
        int sealed = fchown(fd, 0, 0) < 0 || fchmod(fd, mode) < 0 ? -1 : 0;
        if (sealed == 0 && directory) {
            sealed = seal_at(fd, depth + 1, budget);
        } else {
            int error = errno;
            close(fd);
            errno = error;
        }
        if (sealed < 0) break;
    }
    return close_keeping_errno(dir, errno ? -1 : 0);
}

int seal_directory(const char *path) {
    int budget = WIPE_MAX;
    int fd = open_directory(path);
    if (fd < 0) return -1;
    if (fchown(fd, 0, 0) < 0 || fchmod(fd, 0755) < 0) {
        close(fd);
        return -1;
    }
    return seal_at(fd, 0, &budget);
}
