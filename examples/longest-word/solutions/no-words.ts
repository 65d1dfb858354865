function longestWord(words: string[], atLeast: number): string | null {
  const best = words.reduce((a, b) => (b.length > a.length ? b : a));
  return best.length >= atLeast ? best : null;
}
