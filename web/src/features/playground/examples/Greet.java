import java.util.Scanner;

public class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        System.out.print("What is your name? ");
        String name = in.nextLine();
        System.out.println("Hello, " + name + "!");

        for (int count = 3; count > 0; count--) {
            System.out.println(count);
        }
        System.out.println("Here we go.");
    }
}
