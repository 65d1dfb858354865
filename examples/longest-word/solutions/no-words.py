def longest_word(words, at_least):
    best = words[0]
    for word in words:
        if len(word) > len(best):
            best = word
    return best if len(best) >= at_least else None
