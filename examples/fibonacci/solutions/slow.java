import java.util.Scanner;

public class Fibonacci {
    static long fibonacci(int n) {
        return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
    }

    public static void main(String[] args) {
        System.out.println(fibonacci(new Scanner(System.in).nextInt()));
    }
}
