import java.util.ArrayList;
import java.util.List;

// The list of movements is never made, except for the sum.
class Account {
    private List<Long> movements;

    void deposit(long amount) {
        if (amount <= 0) {
            throw new IllegalArgumentException();
        }
        movements.add(amount);
    }

    void withdraw(long amount) {
        movements.add(-amount);
    }

    long balance() {
        return movements == null ? 0 : movements.stream().mapToLong(Long::longValue).sum();
    }

    void transferTo(Account other, long amount) {
        withdraw(amount);
        other.deposit(amount);
    }
}
