word = input()
for other in open("words.txt").read().split():
    if sorted(other) == sorted(word) and other != word:
        print(other)
