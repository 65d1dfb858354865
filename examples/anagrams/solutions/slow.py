from itertools import permutations

words = set(open("words.txt").read().split())
while True:
    for letters in permutations("anagrams"):
        "".join(letters) in words
