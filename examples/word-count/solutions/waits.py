import sys
import time

words = sys.stdin.read().split()
while not words:
    time.sleep(1)
print(len(words))
