import static org.junit.jupiter.api.Assertions.*;

import org.junit.jupiter.api.*;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestMethodOrder(MethodOrderer.MethodName.class)
class AccountTest {
    private final Account account = new Account();

    @Test
    void addsDeposits() {
        account.deposit(100);
        account.deposit(50);
        assertEquals(150, account.balance());
    }

    @Test
    void isEmptyAtFirst() {
        assertEquals(0, account.balance());
    }

    @Test
    void refusesToGoBelowZero() {
        account.deposit(100);
        assertThrows(IllegalStateException.class, () -> account.withdraw(101));
        assertEquals(100, account.balance());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, -100})
    void refusesWhatIsNotPositive(long amount) {
        assertThrows(IllegalArgumentException.class, () -> account.deposit(amount));
    }

    @Test
    void takesWithdrawals() {
        account.deposit(100);
        account.withdraw(30);
        assertEquals(70, account.balance());
    }
}
