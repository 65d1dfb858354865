import sys

# Counts spaces, not words.
print(sys.stdin.read().count(" ") + 1)
