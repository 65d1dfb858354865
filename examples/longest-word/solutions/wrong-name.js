function longest_word(words, atLeast) {
  return null;
}
