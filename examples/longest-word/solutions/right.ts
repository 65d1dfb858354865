export function longestWord(words: string[], atLeast: number): string | null {
  let best: string | null = null;
  for (const word of words) {
    if (word.length >= atLeast && (best === null || word.length > best.length)) best = word;
  }
  return best;
}
