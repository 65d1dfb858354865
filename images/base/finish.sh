#!/bin/sh
# Make the compilers start sooner: Java's class archive, and C++'s one-for-all header.
set -eu

# Java: the archive that every JVM maps at its start, made anew with the classes that javac
# and small programs use. javac takes 350 ms of CPU time with it instead of 480.
work=/tmp/finish
mkdir "$work"
cd "$work"
cat >Warm.java <<'JAVA'
import java.io.*;
import java.math.*;
import java.util.*;
import java.util.function.*;
import java.util.stream.*;

public class Warm {
    record Pair(int first, String second) {}
    interface Shape { double area(); }
    enum Colour { RED, GREEN }
    sealed interface Tree permits Leaf, Node {}
    record Leaf(int value) implements Tree {}
    record Node(Tree left, Tree right) implements Tree {}
    static class Own extends Exception { Own(String text) { super(text); } }
    static <T extends Comparable<T>> T largest(List<T> list) {
        return list.stream().max(Comparator.naturalOrder()).orElseThrow();
    }
    static int sum(Tree tree) {
        if (tree instanceof Leaf leaf) return leaf.value();
        Node node = (Node) tree;
        return sum(node.left()) + sum(node.right());
    }
    public static void main(String[] arguments) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(System.in));
        StringTokenizer words = new StringTokenizer(reader.readLine());
        Map<String, Integer> count = new TreeMap<>(new HashMap<>());
        while (words.hasMoreTokens()) count.merge(words.nextToken(), 1, Integer::sum);
        for (var entry : count.entrySet()) {
            System.out.printf("%s=%d %.2f%n", entry.getKey(), entry.getValue(), 0.5);
        }
        try (Scanner in = new Scanner("1 2 4 4.5\nline\n")) {
            int[] numbers = {in.nextInt(), in.nextInt(), 3};
            long more = in.nextLong();
            double real = in.nextDouble();
            in.nextLine();
            System.out.println(in.nextLine() + numbers[0] + more + real + in.hasNext());
            Arrays.sort(numbers);
            System.out.println(Arrays.toString(numbers) + Arrays.stream(numbers).sum());
        }
        Shape shape = () -> 2.0;
        String text = switch (Colour.RED) { case RED -> "red"; default -> "green"; };
        Deque<Integer> queue = new ArrayDeque<>(new PriorityQueue<>(List.of(3, 1, 2)));
        Set<Pair> pairs = new LinkedHashSet<>(Set.of(new Pair(1, "x")));
        StringBuilder builder = new StringBuilder("carrel").reverse().append(shape.area());
        System.out.println(builder + text + queue + pairs + largest(List.of(1, 2, 3)));
        System.out.println(IntStream.range(0, 9).boxed().filter(number -> number % 2 == 0)
            .map(String::valueOf).collect(Collectors.joining(",")));
        System.out.println(Stream.of("b", "a").sorted().collect(
            Collectors.groupingBy(String::length, Collectors.counting())));
        System.out.println(BigInteger.TWO.pow(99) + " " + new BigDecimal("1.5").add(BigDecimal.ONE));
        System.out.println(sum(new Node(new Leaf(1), new Leaf(2))) + String.format("%05d", 7));
        try {
            throw new Own("own");
        } catch (Own | RuntimeException error) {
            System.err.println(error.getMessage());
        }
    }
}
JAVA
printf 'class Wrong { int f() { return "a"; } void g() { undefined(); } }\n' >Wrong.java
printf 'a b a\n' >input
java=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
compiler=jdk.compiler/com.sun.tools.javac.Main
record() { java -XX:+UseSerialGC -XX:DumpLoadedClassList="$@"; }
record compile.list -m "$compiler" -proc:none -encoding UTF-8 -d . Warm.java
record wrong.list -m "$compiler" -proc:none -encoding UTF-8 -d . Wrong.java 2>/dev/null || true
record run.list -cp . Warm <input >/dev/null 2>&1
# Not the warming programs' own classes and lambdas.
cat "$java/lib/classlist" ./*.list | grep -v '^#' | grep -vw -e Warm -e 'Warm[$]' | awk '!seen[$0]++' >all
setarch -R java -Xshare:dump -XX:SharedClassListFile=all -XX:SharedArchiveFile="$work/classes.jsa" \
    >dump.log 2>&1 || { cat dump.log; exit 1; }
install -m 0644 classes.jsa "$java/lib/server/classes.jsa"
# Only for heaps above 32 GB.
rm -f "$java/lib/server/classes_nocoops.jsa"
touch -h -d "@$SOURCE_DATE_EPOCH" "$java/lib/server/classes.jsa"
java -Xshare:on -Xlog:class+load -m "$compiler" --version >load.log
grep -q 'com.sun.tools.javac.main.Main source: shared' load.log

# A launcher whose JVM waits to be told what to run, and what such JVMs do beforehand.
waiting=/opt/carrel/waiting
mkdir -p "$waiting"
gcc -O2 -Wall -Wextra -Werror -I"$java/include" -I"$java/include/linux" -o "$waiting/java" \
    /.carrel-files/waiting/launch.c -L"$java/lib/server" -ljvm -Wl,-rpath,"$java/lib/server"
java -m "$compiler" -proc:none -d "$waiting" /.carrel-files/waiting/*.java

# JUnit: one archive with all of it, and its classes ready to be mapped. A launcher that has
# only this file before its own on the class path starts in a third of the time.
junit=/opt/carrel/junit
mkdir -p "$junit" jar
cd jar
for name in junit-platform-console-standalone opentest4j apiguardian-api; do
    jar --extract --file "/usr/share/java/$name.jar"
done
rm -rf META-INF/MANIFEST.MF META-INF/maven META-INF/LICENSE* META-INF/NOTICE* module-info.class
printf 'Main-Class: org.junit.platform.console.ConsoleLauncher\nMulti-Release: true\n' >../manifest
find . -type f | sort >../entries
jar --create --date 2025-01-01T00:00:00Z --file "$junit/junit.jar" --manifest ../manifest @../entries
cd "$work"
touch -d "@$SOURCE_DATE_EPOCH" "$junit/junit.jar"
mkdir classes
cat >WarmTest.java <<'JAVA'
import static org.junit.jupiter.api.Assertions.*;
import java.util.*;
import java.util.stream.*;
import org.junit.jupiter.api.*;
import org.junit.jupiter.params.*;
import org.junit.jupiter.params.provider.*;

@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WarmTest {
    @BeforeEach void before() {}
    @AfterEach void after() {}
    @Test @Order(1) @DisplayName("right") void right() { assertEquals(5, Math.addExact(2, 3), "sum"); }
    @Test void wrong() { assertEquals(List.of(1, 2), List.of(2, 1), "order"); }
    @Test void arrays() { assertArrayEquals(new int[] {1}, new int[] {2}); }
    @Test void close() { assertEquals(1.0, 1.1, 1e-9); }
    @Test void same() { assertNull(Map.of()); }
    @Test void thrown() { assertThrows(IllegalStateException.class, () -> { throw new RuntimeException(); }); }
    @Test void all() { assertAll(() -> assertTrue(true), () -> assertFalse(true)); }
    @Test void slow() { assertTimeoutPreemptively(java.time.Duration.ofSeconds(5), () -> 1); }
    @Test @Timeout(5) void timed() { }
    @Test @Disabled void off() {}
    @Test @Tag("slow") void error() { new ArrayList<>().get(0); }
    @Nested class Inner { @Test void inner() {} }
    @RepeatedTest(2) void again() {}
    @ParameterizedTest @ValueSource(ints = {1, 2}) void each(int number) { assertTrue(number < 2); }
    @ParameterizedTest @CsvSource({"1,2", "3,4"}) void pairs(int a, int b) { assertTrue(a < b); }
    @ParameterizedTest @MethodSource("many") void from(String word) { assertNotNull(word); }
    static Stream<String> many() { return Stream.of("a", "b"); }
    @TestFactory Stream<DynamicTest> made() { return Stream.of(DynamicTest.dynamicTest("x", () -> {})); }
}
JAVA
java -m "$compiler" -proc:none -cp "$junit/junit.jar" -d classes WarmTest.java
status=0
setarch -R java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ArchiveClassesAtExit="$junit/junit.jsa" \
    -cp "$junit/junit.jar" org.junit.platform.console.ConsoleLauncher \
    --class-path classes --scan-class-path --reports-dir "$work/reports" --disable-banner \
    >tests.log 2>&1 || status=$?
test "$status" = 1
grep -q 'tests successful' tests.log
chmod 0644 "$junit/junit.jar" "$junit/junit.jsa"
java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:SharedArchiveFile="$junit/junit.jsa" -Xshare:on \
    -Xlog:class+load -cp "$junit/junit.jar:$work/classes" \
    org.junit.platform.console.ConsoleLauncher --help >load.log
grep -q 'org.junit.platform.console.ConsoleLauncher source: shared' load.log

# Checkstyle, with its classes ready to be mapped. Debian's starter looks for a Java and for
# each jar at every start. (It reads Java as it was before sealed types and patterns.)
mkdir /opt/carrel/checkstyle
classes=
for name in checkstyle antlr antlr4-runtime commons-beanutils commons-collections3 commons-lang3 \
    commons-logging guava picocli reflections Saxon-HE; do
    test -e "/usr/share/java/$name.jar"
    classes="$classes${classes:+:}/usr/share/java/$name.jar"
done
cat >/usr/local/bin/checkstyle <<CHECKSTYLE
#!/bin/sh
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xshare:auto \\
    -XX:SharedArchiveFile=/opt/carrel/checkstyle/checkstyle.jsa \\
    -cp $classes com.puppycrawl.tools.checkstyle.Main "\$@"
CHECKSTYLE
chmod 0755 /usr/local/bin/checkstyle
setarch -R java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -XX:ArchiveClassesAtExit=/opt/carrel/checkstyle/checkstyle.jsa -cp "$classes" \
    com.puppycrawl.tools.checkstyle.Main -f xml -c /google_checks.xml WarmTest.java >style.log 2>&1
chmod 0644 /opt/carrel/checkstyle/checkstyle.jsa
checkstyle -f xml -c /google_checks.xml WarmTest.java >style.xml
grep -q '<error line=' style.xml

# C++: programs that begin with one of these headers compile in a third of the time. GCC takes
# a precompiled header only if it was made with the same flags, and the plain one otherwise.
flags='-O2 -std=gnu++17'
headers=$(find /usr/include \( -path '*/c++/*' \( -name iostream -o -path '*/bits/stdc++.h' \) \
    -o -path '*/gtest/gtest.h' \) -not -path '*/32/*' -not -path '*/x32/*')
test "$(echo "$headers" | wc -l)" = 3
for header in $headers; do
    mkdir "$header.gch"
    # As a program's main file, a system header is told that it is none.
    # shellcheck disable=SC2086
    setarch -R g++ $flags -w -x c++-header -o "$header.gch/O2-gnu++17.gch" "$header"
done
# The other linker of the same package takes 14 ms where this one takes 47.
ln -sf ld.gold /usr/bin/ld
printf '#include <iostream>\nint main() { std::cout << "ready\\n"; }\n' >ready.cpp
# shellcheck disable=SC2086
g++ $flags -H -o ready ready.cpp 2>used
grep -q '^! .*iostream.gch' used
test "$(./ready)" = ready
printf '#include <gtest/gtest.h>\nTEST(A, B) { EXPECT_EQ(1, 1); }\n' >ready.cpp
# shellcheck disable=SC2086
g++ $flags -H -o ready ready.cpp -lgtest -lgtest_main 2>used
grep -q '^! .*gtest.h.gch' used
./ready >/dev/null

cd /
rm -rf "$work"

# Nothing here speaks TLS, and this file differs with the time it was made.
rm -f /etc/ssl/certs/java/cacerts
