class Solution {
    static String longestWord(String[] words, int atLeast) {
        int length = 0;
        for (String word : words) {
            length = Math.max(length, word.length());
        }
        while (true) {
            for (String word : words) {
                if (word.length() == length && length >= atLeast) {
                    return word;
                }
            }
            if (length == atLeast) {
                return null;
            }
            length = Math.max(length - 1, -1);
        }
    }
}
