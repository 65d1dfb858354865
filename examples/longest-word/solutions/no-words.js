function longestWord(words, atLeast) {
  const [first, ...others] = words;
  let best = first;
  for (const word of others) if (word.length > best.length) best = word;
  return best.length >= atLeast ? best : null;
}
