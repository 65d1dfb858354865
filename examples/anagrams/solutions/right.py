import sys

known = {}
with open("words.txt") as file:
    for word in file.read().split():
        known.setdefault("".join(sorted(word)), []).append(word)
for word in sys.stdin.read().split():
    for other in known.get("".join(sorted(word)), []):
        if other != word:
            print(other)
