import java.util.Scanner;

class Loop {
    public static void main(String[] args) {
        int total = 0;
        for (int n = new Scanner(System.in).nextInt(); n > 0; n /= 10) {
            total += n % 10;
        }
        System.out.println(total);
    }
}
