class Solution {
    static String longestWord(String[] words, int atLeast) {
        String best = words[0];
        for (String word : words) {
            if (word.length() > best.length()) {
                best = word;
            }
        }
        return best.length() >= atLeast ? best : null;
    }
}
