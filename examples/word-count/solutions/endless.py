import sys

words = sys.stdin.read().split()
while not words:
    print("Please type a word:")
print(len(words))
