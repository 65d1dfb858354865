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

static char *protected[PROTECTED_MAX];
static size_t count;

int protect(const char *path, const struct stat *file) {
    struct stat now;
    char *copy = strdup(path);
    if (!copy || count == PROTECTED_MAX) {
        free(copy);
        errno = ENOSPC;
        return -1;
    }
    if (mount(path, path, NULL, MS_BIND, NULL) < 0) {
        free(copy);
        return -1;
    }
    protected[count++] = copy;
    /* A student may have moved a directory while we were at it. */
    if (lstat(path, &now) < 0 || now.st_dev != file->st_dev || now.st_ino != file->st_ino) {
        unprotect(path);
        errno = ESTALE;
        return -1;
    }
    return 0;
}

void unprotect(const char *path) {
    size_t size = strlen(path);
    while (size && path[size - 1] == '/') size--;
    for (size_t i = count; i-- > 0;) {
        const char *it = protected[i];
        if (strncmp(it, path, size) || (it[size] && it[size] != '/')) continue;
        umount2(it, MNT_DETACH);
        free(protected[i]);
        protected[i] = protected[--count];
    }
}
