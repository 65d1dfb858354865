class Account {
    private long balance;

    void deposit(long amount) {
        check(amount);
        balance += amount;
    }

    void withdraw(long amount) {
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
        withdraw(amount);
        other.deposit(amount);
    }

    private static void check(long amount) {
        if (amount <= 0) {
            throw new IllegalArgumentException("not positive: " + amount);
        }
    }
}
