/* System V objects outlive the processes that made them; nothing else does that a
 * program can make (message queues of POSIX and keyrings are refused, see filter.c). */
#include "agent.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#define WINDOW_MAX 100000

/* A kernel without System V objects has none. Any other refusal to count says nothing, and
 * is not to be taken for none: -1. */
static int refused(void) { return errno == ENOSYS ? 0 : -1; }

/* How many there are, by the kernel's own count; `highest`: the largest index in use. */
static int count_segments(int *highest) {
    struct shm_info info = {0};
    *highest = shmctl(0, SHM_INFO, (struct shmid_ds *)&info);
    return *highest < 0 ? refused() : info.used_ids;
}

static int count_queues(int *highest) {
    struct msginfo info = {0};
    *highest = msgctl(0, MSG_INFO, (struct msqid_ds *)&info);
    return *highest < 0 ? refused() : info.msgpool;
}

static int segment_at(int index) {
    struct shmid_ds segment;
    return shmctl(index, SHM_STAT, &segment);
}

static int queue_at(int index) {
    struct msqid_ds queue;
    return msgctl(index, MSG_STAT, &queue);
}

static int remove_segment(int id) { return shmctl(id, IPC_RMID, NULL); }
static int remove_queue(int id) { return msgctl(id, IPC_RMID, NULL); }
static int make_segment(void) { return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600); }
static int make_queue(void) { return msgget(IPC_PRIVATE, IPC_CREAT | 0600); }

static struct kind {
    int (*count)(int *highest);
    int (*at)(int index);
    int (*remove)(int id);
    int (*make)(void);
    int seen; /* the highest id looked at so far */
} kinds[] = {
    {count_segments, segment_at, remove_segment, make_segment, 0},
    {count_queues, queue_at, remove_queue, make_queue, 0},
};

static void forget_kind(struct kind *kind, int seen) {
    int highest;
    if (kind->count(&highest) <= 0) return; /* anything() will see what is left */
    for (int i = 0; i <= highest; i++) {
        int id = kind->at(i);
        if (id >= 0) kind->remove(id);
    }
    if (kind->count(&highest) <= 0) return;
    /* gVisor finds none by index, but numbers them one after the other: what is new
     * lies between the last one that we made and the next. */
    int top = kind->make();
    if (top < 0) return;
    kind->remove(top);
    if (top - seen > WINDOW_MAX) return;
    for (int id = seen + 1; id < top; id++) kind->remove(id);
    kind->seen = top;
}

/* SEM_STAT_ANY: a set that its owner may not read is also found. */
static int set_at(int index) {
    struct semid_ds set;
    union {
        struct semid_ds *set;
    } argument = {&set};
    return semctl(index, 0, SEM_STAT_ANY, argument);
}

static int highest_set(void) {
    struct seminfo info = {0};
    union {
        struct seminfo *info;
    } argument = {&info};
    return semctl(0, 0, SEM_INFO, argument);
}

/* 1: some are there; 0: none; -1: nobody knows. */
static int anything(void) {
    int highest, found;
    for (int i = 0; i < 2; i++)
        if ((found = kinds[i].count(&highest)) != 0) return found < 0 ? -1 : 1;
    if ((highest = highest_set()) < 0) return refused();
    if (highest > 0 || set_at(0) >= 0) return 1;
    return errno == EINVAL || errno == EIDRM ? 0 : refused(); /* no set has that index */
}

int forget_ipc(uid_t uid) {
    int found = anything();
    if (found <= 0) return found;
    const uid_t users[] = {uid, STUDENT_UID};
    const int seen[] = {kinds[0].seen, kinds[1].seen};
    for (int u = 0; u < 2; u++) {
        /* As their owner: what its mode hides from others it does not hide from us then. Our
         * real and saved ids stay root's: no student can signal or trace us meanwhile. */
        if (setresuid((uid_t)-1, users[u], (uid_t)-1) < 0) return -1;
        for (int i = 0, most = highest_set(); i <= most; i++) {
            int id = set_at(i);
            if (id >= 0) semctl(id, 0, IPC_RMID);
        }
        for (int i = 0; i < 2; i++) forget_kind(&kinds[i], seen[i]);
        if (setresuid((uid_t)-1, 0, (uid_t)-1) < 0) _exit(73); /* capabilities come back with it */
    }
    found = anything();
    if (found > 0) errno = E2BIG;
    return found ? -1 : 0;
}
