class Solution {
    static String longestWord(String[] words, int atLeast) {
        String best = null;
        for (String word : words) {
            System.out.println("looking at " + word);
            if (word.length() >= atLeast && (best == null || word.length() >= best.length())) {
                best = word;
            }
        }
        return best;
    }
}
