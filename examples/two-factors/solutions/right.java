import java.util.Scanner;

public class Factors {
    public static void main(String[] args) {
        long n = new Scanner(System.in).nextLong();
        for (long a = (long) Math.sqrt(n); a > 1; a--) {
            if (n % a == 0) {
                System.out.println(a + " " + n / a);
                return;
            }
        }
        System.out.println("none");
    }
}
