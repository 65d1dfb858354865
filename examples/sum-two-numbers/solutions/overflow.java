import java.util.Scanner;

// addExact() throws rather than return a sum that does not fit into an int.
public class Adder {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        System.out.println(Math.addExact(in.nextInt(), in.nextInt()));
    }
}
