def longest(words):
    """Return the longest word, after a while."""
    while words:
        words = sorted(words, key=len)
    return ""


print(longest(input().split()))
