package carrel.waiting;

import java.util.Scanner;

/** What most programs do, done once. Nothing that draws random numbers: a copy would repeat them. */
final class Running {
    static void warm() {
        Scanner in = new Scanner("1 2.5 word\nline\n");
        String text = String.format("%d %.2f %s", in.nextInt(), in.nextDouble(), in.next());
        if (text.length() + in.nextLine().length() == 0) throw new AssertionError();
    }
}
