"""Abuse of memory (cases 8, 10, 32)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carrel.core.sizes import MIB
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language
from carrel.testing.judging import AMPLE, judge_one

pytestmark = pytest.mark.usefixtures("next_is_unaffected")

FROM_MEMORY = {Verdict.MEMORY_LIMIT, Verdict.RUNTIME_ERROR}

HEAD = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>
#define STEP (32u << 20)
"""

HOARDERS = {
    "anonymous-mmap": r"""
    for (int i = 0; i < 256; i++) {
        void *p = mmap(0, STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED) break;
        memset(p, 1, STEP);
    }
    """,
    "shared-mmap": r"""
    for (int i = 0; i < 256; i++) {
        void *p = mmap(0, STEP, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED) break;
        memset(p, 1, STEP);
    }
    """,
    "memfd-never-mapped": r"""
    static char block[1 << 20];
    memset(block, 1, sizeof block);
    for (int i = 0; i < 8; i++) {
        int fd = memfd_create("x", 0);
        for (int k = 0; k < 60; k++) if (write(fd, block, sizeof block) < 0) break;
    }
    """,
    "sysv-detached": r"""
    for (int i = 0; i < 64; i++) {
        int id = shmget(IPC_PRIVATE, STEP, IPC_CREAT | 0600);
        if (id < 0) break;
        char *p = shmat(id, 0, 0);
        if (p == (char *)-1) break;
        memset(p, 1, STEP);
        shmdt(p);
    }
    """,
    "spread-over-children": r"""
    int done[2];
    if (pipe(done)) return 1;
    for (int i = 0; i < 20; i++)
        if (fork() == 0) {
            char *p = malloc(STEP);
            memset(p, 1, STEP);
            (void)!write(done[1], p, 1);
            pause();
        }
    char each;
    for (int i = 0; i < 20; i++) if (read(done[0], &each, 1) != 1) return 1;
    """,
    "pipe-buffers": r"""
    static char block[1 << 16];
    for (int i = 0; i < 120; i++) {
        int p[2];
        if (pipe(p)) break;
        fcntl(p[1], F_SETPIPE_SZ, 1 << 20);
        fcntl(p[1], F_SETFL, O_NONBLOCK);
        while (write(p[1], block, sizeof block) > 0) { }
    }
    volatile char *rest = malloc(3 * STEP);
    for (unsigned i = 0; i < 3 * STEP; i += 4096) rest[i] = 1;
    """,
}


def test_08_eight_gigabytes_are_not_had() -> None:
    source = (
        HEAD
        + r"""
int main(void) {
    for (int i = 0; i < 256; i++) { char *p = malloc(STEP); if (p) memset(p, 1, STEP); }
    puts("ok");
}
"""
    )
    verdict = judge_one(source, Language.C)
    assert verdict.verdict is Verdict.MEMORY_LIMIT, verdict
    # Of the group's own figure: what the whole machine has free, others change too.
    assert verdict.memory_bytes < 1024 * MIB


@pytest.mark.parametrize("way", HOARDERS)
def test_10_hoarded_memory_is_counted(way: str) -> None:
    source = HEAD + "int main(void) {" + HOARDERS[way] + 'puts("ok"); }'
    verdict = judge_one(source, Language.C)
    assert verdict.verdict is Verdict.MEMORY_LIMIT, verdict


JAVA = {
    "heap": "var l = new java.util.ArrayList<byte[]>(); while (true) l.add(new byte[1 << 20]);",
    "direct-memory": (
        "var l = new java.util.ArrayList<java.nio.ByteBuffer>();"
        "while (true) l.add(java.nio.ByteBuffer.allocateDirect(1 << 24));"
    ),
    "threads": (
        "while (true) { var t = new Thread(() -> { try { Thread.sleep(60000); }"
        " catch (InterruptedException e) { } }); t.setDaemon(true); t.start(); }"
    ),
}


@pytest.mark.parametrize("way", JAVA)
def test_32_java_is_stopped_at_its_limits(way: str) -> None:
    source = "public class Main { public static void main(String[] a) {" + JAVA[way] + "} }"
    verdict = judge_one(source, Language.JAVA, limits=replace(AMPLE, memory_bytes=192 * MIB))
    assert verdict.verdict in FROM_MEMORY, verdict


def test_32_node_is_stopped_at_its_heap() -> None:
    source = "const a = []; for (;;) a.push(new Array(100000).fill(Math.random()));"
    limits = replace(AMPLE, memory_bytes=192 * MIB)
    verdict = judge_one(source, Language.JAVASCRIPT, limits=limits)
    assert verdict.verdict in FROM_MEMORY, verdict


def test_32_node_buffers_outside_its_heap_are_counted() -> None:
    source = "const a = []; for (;;) a.push(Buffer.alloc(1 << 24, 1));"
    limits = replace(AMPLE, memory_bytes=192 * MIB)
    verdict = judge_one(source, Language.JAVASCRIPT, limits=limits)
    assert verdict.verdict in FROM_MEMORY, verdict
