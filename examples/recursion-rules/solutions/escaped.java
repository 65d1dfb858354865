import java.util.Scanner;

class Escaped {
    public static void main(String[] args) {
        int n = new Scanner(System.in).nextInt();
        int total = 0;
        \u0077hile (n > 0) {
            total += n % 10;
            n /= 10;
        }
        System.out.println(total);
    }
}
