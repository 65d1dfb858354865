package carrel.waiting;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Compiles a few lines, in memory: there is no place to write to yet. */
final class Compiling {
    private static final String SOURCE = """
        import java.io.*;
        import java.util.*;
        import java.util.function.*;
        import java.util.stream.*;

        public class Warm {
            record Pair(int first, String second) {}
            interface Shape { double area(); }
            enum Colour { RED, GREEN }
            static class Own extends Exception { Own(String text) { super(text); } }
            static <T extends Comparable<T>> T largest(List<T> list) {
                T best = list.get(0);
                for (T each : list) if (each.compareTo(best) > 0) best = each;
                return best;
            }
            public static void main(String[] arguments) throws IOException {
                Scanner in = new Scanner(System.in);
                BufferedReader reader = new BufferedReader(new InputStreamReader(System.in));
                Map<String, Integer> count = new TreeMap<>();
                for (String word : reader.readLine().split(" ")) count.merge(word, 1, Integer::sum);
                for (var entry : count.entrySet()) System.out.println(entry.getKey() + entry.getValue());
                int[] numbers = new int[in.nextInt()];
                for (int i = 0; i < numbers.length; i++) numbers[i] = i * i % 7;
                Shape shape = () -> 2.0 * numbers.length;
                String text = switch (Colour.RED) { case RED -> "red"; default -> "green"; };
                System.out.printf("%s %.2f %s%n", text, shape.area(), largest(List.of(1, 2, 3)));
                System.out.println(IntStream.range(0, 9).boxed().filter(n -> n % 2 == 0)
                    .map(String::valueOf).collect(Collectors.joining(",")));
                try {
                    throw new Own("own");
                } catch (Own | RuntimeException error) {
                    System.err.println(error.getMessage() + new Pair(1, "x"));
                }
            }
        }
        """;
    private static final String WRONG = "class Wrong { int f() { return \"a\"; } void g() { h(); } }";
    private static final int ROUNDS = 3;

    private static final class Text extends SimpleJavaFileObject {
        private final String text;

        Text(String name, String text) {
            super(URI.create("string:///" + name), Kind.SOURCE);
            this.text = text;
        }

        @Override public CharSequence getCharContent(boolean ignoreErrors) {
            return text;
        }
    }

    private static final class Nowhere extends SimpleJavaFileObject {
        Nowhere(String name) {
            super(URI.create("nowhere:///" + name), Kind.CLASS);
        }

        @Override public OutputStream openOutputStream() {
            return new ByteArrayOutputStream();
        }
    }

    static void warm() throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        for (int round = 0; round < ROUNDS; round++) {
            compile(compiler, new Text("Warm.java", SOURCE));
        }
        compile(compiler, new Text("Wrong.java", WRONG));
    }

    private static void compile(JavaCompiler compiler, JavaFileObject source) throws Exception {
        try (JavaFileManager files = new ForwardingJavaFileManager<JavaFileManager>(
                compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            @Override public JavaFileObject getJavaFileForOutput(
                    Location place, String name, JavaFileObject.Kind kind, FileObject beside) {
                return new Nowhere(name);
            }
        }) {
            compiler.getTask(new StringWriter(), files, null, List.of("-proc:none"), null, List.of(source))
                .call();
        }
    }
}
