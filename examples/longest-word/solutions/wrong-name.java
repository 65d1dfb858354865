class Solution {
    static String longest(String[] words, int atLeast) {
        return null;
    }
}
