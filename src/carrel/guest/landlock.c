/* Landlock, where the kernel has it: a program opens files below the sandbox's root only.
 *
 * Inside nothing is denied by this. It is for what lies outside: should a descriptor of a
 * directory of the host ever reach a program, as it did in CVE-2024-21626, or a path lead
 * out of the mounts, then what is found there cannot be opened, though its mode allows it. */
#include "agent.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>

/* All that it knew when it learned to let files move between directories (Linux 5.19):
 * before, it would have forbidden that everywhere. */
#define VERSION_NEEDED 2
#define EVERYTHING ((1ull << 14) - 1)

static int ruleset = -1;

void prepare_landlock(void) {
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < VERSION_NEEDED)
        return;
    struct landlock_ruleset_attr handled = {.handled_access_fs = EVERYTHING};
    struct landlock_path_beneath_attr root = {
        .allowed_access = EVERYTHING,
        .parent_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC),
    };
    int fd = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (fd >= 0 && syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &root, 0) == 0)
        ruleset = fd;
    else if (fd >= 0)
        close(fd);
    if (root.parent_fd >= 0) close(root.parent_fd);
}

int enter_landlock(void) {
    return ruleset < 0 ? 0 : (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}
