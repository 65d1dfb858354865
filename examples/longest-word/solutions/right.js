function longestWord(words, atLeast) {
  let best = null;
  for (const word of words) {
    if (word.length >= atLeast && (best === null || word.length > best.length)) best = word;
  }
  return best;
}
