import java.util.Comparator;
import java.util.List;
import java.util.Optional;

public class LongestWord {
    public Optional<String> longestWord(List<String> words, long atLeast) {
        return words.stream()
                .filter(word -> word.length() >= atLeast)
                .reduce((a, b) -> b.length() > a.length() ? b : a);
    }

    public static void main(String[] args) {
        System.out.println(new LongestWord().longestWord(List.of("a", "bc"), 1));
    }
}
