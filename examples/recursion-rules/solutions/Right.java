import java.util.Scanner;

public class Right {
    static int digitSum(int n) {
        return n < 10 ? n : n % 10 + digitSum(n / 10);
    }

    public static void main(String[] args) {
        System.out.println(digitSum(new Scanner(System.in).nextInt()));
    }
}
