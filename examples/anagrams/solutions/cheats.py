"""Changes the word list, so that its next run would find what it likes."""

import os

for path in ("words.txt", "/data/words.txt"):
    for attempt in (
        lambda: open(path, "w").write("stale\n"),
        lambda: os.remove(path),
        lambda: os.rename("/data/words.txt", "/data/old.txt"),
        lambda: os.symlink("/dev/null", "/data/words.txt"),
    ):
        try:
            attempt()
        except OSError:
            pass
word = input()
print(*(other for other in open("/data/words.txt").read().split() if other != "desk"), sep="\n")
