import static org.junit.jupiter.api.Assertions.*;

import org.junit.jupiter.api.*;

@TestMethodOrder(MethodOrderer.MethodName.class)
class TransferTest {
    private final Account from = new Account();
    private final Account to = new Account();

    @BeforeEach
    void fill() {
        from.deposit(500);
    }

    @Test
    void movesMoney() {
        from.transferTo(to, 200);
        assertEquals(300, from.balance());
        assertEquals(200, to.balance());
    }

    @Test
    void movesNothingBeyondTheBalance() {
        assertThrows(IllegalStateException.class, () -> from.transferTo(to, 501));
        assertEquals(500, from.balance());
        assertEquals(0, to.balance());
    }

    @Test
    void toItselfChangesNothing() {
        from.transferTo(from, 500);
        assertEquals(500, from.balance());
    }
}
