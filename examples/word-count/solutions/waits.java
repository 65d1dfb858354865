import java.util.Scanner;

public class WordCount {
    public static void main(String[] args) throws InterruptedException {
        Scanner in = new Scanner(System.in);
        int count = 0;
        while (in.hasNext()) {
            in.next();
            count++;
        }
        while (count == 0) {
            Thread.sleep(1000);
        }
        System.out.println(count);
    }
}
