/**
 * @param {string[]} words
 * @param {number} atLeast
 * @returns {string | null}
 */
function longestWord(words, atLeast) {
  // Your code here.
  throw new Error('not written yet');
}
