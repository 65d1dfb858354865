def longest_word(words, at_least):
    long_enough = [word for word in words if len(word) >= at_least]
    return max(long_enough, key=len, default=None)
