function longestWord(words: string[], atLeast: number): string | null {
  // Your code here.
  throw new Error('not written yet');
}
