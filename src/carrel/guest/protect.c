/* Read-only files, also where students may write.
 *
 * A sticky directory of root's lets nobody but root delete or rename root's files.
 * gVisor asks that of the name that is moved away, not of the name that is moved
 * over: `mv mine kept` replaces a file that the student may not touch. What is a mount
 * point cannot be moved over, so each read-only file is also mounted onto itself. */
#include "agent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define PROTECTED_MAX 4096

static struct {
    char *path;
    dev_t device;
    ino_t inode;
    bool lifted;
} protected[PROTECTED_MAX];
static size_t count;

static void forget(size_t i) {
    free(protected[i].path);
    protected[i] = protected[--count];
}

/* A student may have moved a directory, and so another file to this path. */
static bool is_still(size_t i) {
    struct stat now;
    return lstat(protected[i].path, &now) == 0 && now.st_dev == protected[i].device &&
           now.st_ino == protected[i].inode;
}

static bool hold(size_t i) {
    const char *path = protected[i].path;
    if (mount(path, path, NULL, MS_BIND, NULL) < 0) return false;
    if (is_still(i)) return true; /* asked of what is mounted: no later move changes that */
    umount2(path, MNT_DETACH);
    errno = ESTALE;
    return false;
}

int protect(const char *path, const struct stat *file) {
    char *copy = strdup(path);
    if (!copy || count == PROTECTED_MAX) {
        free(copy);
        errno = ENOSPC;
        return -1;
    }
    protected[count].path = copy;
    protected[count].device = file->st_dev;
    protected[count].inode = file->st_ino;
    protected[count].lifted = false;
    if (hold(count++)) return 0;
    int error = errno;
    forget(count - 1);
    errno = error;
    return -1;
}

void lift_protection(const char *path) {
    size_t size = strlen(path);
    while (size && path[size - 1] == '/') size--;
    for (size_t i = count; i-- > 0;) {
        const char *it = protected[i].path;
        if (strncmp(it, path, size) || (it[size] && it[size] != '/')) continue;
        umount2(it, MNT_DETACH);
        protected[i].lifted = true;
    }
}

void restore_protection(void) {
    int error = errno;
    for (size_t i = count; i-- > 0;) {
        if (!protected[i].lifted) continue;
        protected[i].lifted = false;
        if (!is_still(i) || !hold(i)) forget(i);
    }
    errno = error;
}

void unprotect(const char *path) {
    lift_protection(path);
    for (size_t i = count; i-- > 0;)
        if (protected[i].lifted) forget(i);
}
