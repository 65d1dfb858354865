public class Adder {
    public static void main(String[] args) {
        total = 1 + 2;
        System.out.println(total);
    }
}
