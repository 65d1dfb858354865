import sys

for word in sys.stdin.read().split():
    for other in open("words.txt").read().split():
        if sorted(other) == sorted(word):
            print(other)
