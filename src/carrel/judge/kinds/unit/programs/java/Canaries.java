package carrel;

import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.function.Executable;

/** Checks that must fail: an assertion that lets one pass has been tampered with. */
final class Canaries {
    private Canaries() {}

    static void check() {
        Object one = new Object();
        expect(() -> Assertions.fail("x"));
        expect(() -> Assertions.assertTrue(false));
        expect(() -> Assertions.assertFalse(true));
        expect(() -> Assertions.assertNull(one));
        expect(() -> Assertions.assertNotNull(null));
        expect(() -> Assertions.assertEquals(1, 2));
        expect(() -> Assertions.assertEquals(1L, 2L));
        expect(() -> Assertions.assertEquals('a', 'b'));
        expect(() -> Assertions.assertEquals(1.0, 2.0));
        expect(() -> Assertions.assertEquals(1.0, 1.1, 0.01));
        expect(() -> Assertions.assertEquals("a", "b"));
        expect(() -> Assertions.assertNotEquals("a", "a"));
        expect(() -> Assertions.assertSame(one, new Object()));
        expect(() -> Assertions.assertNotSame(one, one));
        expect(() -> Assertions.assertArrayEquals(new int[] {1}, new int[] {2}));
        expect(() -> Assertions.assertArrayEquals(new String[] {"a"}, new String[] {"b"}));
        expect(() -> Assertions.assertIterableEquals(List.of(1), List.of(2)));
        expect(() -> Assertions.assertLinesMatch(List.of("a"), List.of("b")));
        expect(() -> Assertions.assertThrows(IllegalStateException.class, () -> {}));
        expect(() -> Assertions.assertDoesNotThrow((Executable) () -> {
            throw new IllegalStateException();
        }));
        expect(() -> Assertions.assertInstanceOf(String.class, 1));
        expect(() -> Assertions.assertAll(() -> Assertions.assertTrue(false)));
    }

    private static void expect(Executable wrong) {
        try {
            wrong.execute();
        } catch (AssertionError right) {
            return;
        } catch (Throwable other) {
            throw new IllegalStateException("canary", other);
        }
        throw new IllegalStateException("canary");
    }
}
