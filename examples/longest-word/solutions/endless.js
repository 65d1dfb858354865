function longestWord(words, atLeast) {
  let length = Math.max(0, ...words.map((word) => word.length));
  for (;;) {
    for (const word of words) if (word.length === length && length >= atLeast) return word;
    if (length === atLeast) return null;
    length -= 1;
  }
}
