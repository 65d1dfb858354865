function longest(words: string[], atLeast: number): string | null {
  return null;
}
