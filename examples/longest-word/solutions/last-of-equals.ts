function longestWord(words: string[], atLeast: number): string | null {
  const enough = words.filter((word) => word.length >= atLeast);
  enough.sort((a, b) => a.length - b.length);
  return enough.pop() ?? null;
}
