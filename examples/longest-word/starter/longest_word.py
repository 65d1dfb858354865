def longest_word(words: list[str], at_least: int) -> str | None:
    # Your code here.
    raise NotImplementedError
