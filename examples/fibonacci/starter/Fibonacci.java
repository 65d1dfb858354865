import java.util.Scanner;

public class Fibonacci {
    public static void main(String[] args) {
        int n = new Scanner(System.in).nextInt();
        // Your program goes here.
    }
}
