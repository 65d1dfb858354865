def longest(words):
    """Return a word."""
    return words[-1]


print(longest(input().upper().split()).lower() + "!")
