class Account {
    private long balance;

    void payIn(long amount) {
        check(amount);
        balance += amount;
    }

    void payOut(long amount) {
        check(amount);
        if (amount > balance) {
            throw new IllegalStateException("there is only " + balance);
        }
        balance -= amount;
    }

    long balance() {
        return balance;
    }

    void transferTo(Account other, long amount) {
        payOut(amount);
        other.payIn(amount);
    }

    private static void check(long amount) {
        if (amount <= 0) {
            throw new IllegalArgumentException("not positive: " + amount);
        }
    }
}
