def longest(words):
    """Return the longest word, the first of equally long ones."""
    return max(words, key=len)


print(longest(input().split()))
