def longestWord(words, at_least):
    return max((word for word in words if len(word) >= at_least), key=len, default=None)
