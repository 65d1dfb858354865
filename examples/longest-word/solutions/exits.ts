function longestWord(words: string[], atLeast: number): string | null {
  process.exit(0);
}
