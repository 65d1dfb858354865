class Solution {
    static String longestWord(String[] words, int atLeast) {
        // Your code here.
        throw new UnsupportedOperationException("not written yet");
    }
}
