import java.util.Scanner;

public class WordCount {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int count = 0;
        while (in.hasNext()) {
            in.next();
            count++;
        }
        while (count == 0) {
            System.out.println("Please type a word:");
        }
        System.out.println(count);
    }
}
