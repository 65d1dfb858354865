class Account {
    private long balance;

    void deposit(long amount) {
        balance += amount;
    }

    void withdraw(long amount) {
        balance -= amount;
    }

    long balance() {
        return balance;
    }

    void transferTo(Account other, long amount) {
        withdraw(amount);
        other.deposit(amount);
    }
}
