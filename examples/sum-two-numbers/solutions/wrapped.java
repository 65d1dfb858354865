package school.first;

import java.util.Scanner;

class Reader {
    final Scanner in = new Scanner(System.in);

    int next() {
        return in.nextInt();
    }
}

public class Adder {
    public static void main(String[] args) {
        Reader reader = new Reader();
        System.out.println(reader.next() + reader.next());
    }
}
