def longest_word(words, at_least):
    best = None
    for word in words:
        if len(word) >= at_least and (best is None or len(word) >= len(best)):
            best = word
    print("found", best)  # to find the mistake
    return best
