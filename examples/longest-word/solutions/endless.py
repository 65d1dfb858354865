def longest_word(words, at_least):
    length = max(map(len, words), default=0)
    while True:
        for word in words:
            if len(word) == length and length >= at_least:
                return word
        if length == at_least:
            return None
        length -= 1
