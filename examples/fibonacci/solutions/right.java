import java.util.Scanner;

public class Fibonacci {
    public static void main(String[] args) {
        int n = new Scanner(System.in).nextInt();
        long number = 0, following = 1;
        for (int i = 0; i < n; i++) {
            long sum = number + following;
            number = following;
            following = sum;
        }
        System.out.println(number);
    }
}
