class Account {
    void deposit(long amount) {
    }

    void withdraw(long amount) {
    }

    long balance() {
        return 0;
    }

    void transferTo(Account other, long amount) {
    }
}
