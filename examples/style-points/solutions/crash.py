def longest(words):
    """Return the longest word."""
    return max(words, key=len)


print(longest(input().split())[100])
