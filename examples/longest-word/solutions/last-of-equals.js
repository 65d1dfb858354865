const longestWord = (words, atLeast) =>
  words.filter((word) => word.length >= atLeast).sort((a, b) => a.length - b.length).pop() ?? null;
