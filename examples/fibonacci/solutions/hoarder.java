import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;

// Remembers every step of the calculation.
class Hoarder {
    public static void main(String[] args) {
        int n = new Scanner(System.in).nextInt();
        List<byte[]> steps = new ArrayList<>();
        while (steps.size() < Math.pow(2, n)) {
            steps.add(new byte[4096]);
        }
        System.out.println(new int[] {0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55}[n]);
    }
}
