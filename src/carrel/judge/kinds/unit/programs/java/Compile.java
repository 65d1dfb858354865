import java.io.*;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import java.util.stream.*;
import javax.tools.*;

/**
 * Compiles a submission and then the tests against it, in one JVM.
 *
 * The student's sources are compiled first and alone: nothing of the tests is on their class
 * path, so that no constant of a test can be compiled into them. The tests come on standard
 * input and stay in memory; what is made of them is written to one file, which the host takes
 * away before a program of the student's runs.
 *
 * Arguments: where classes go, where the tests' classes go, JUnit's archive, the student's
 * sources. On stderr: a line that says whose words follow (`student`, `tests`, `teacher`), and
 * the words.
 */
public final class Compile {
    private static final List<String> OPTIONS =
        List.of("-proc:none", "-encoding", "UTF-8", "-implicit:none", "-nowarn", "-g");

    private record Source(String path, String text) {}

    public static void main(String[] arguments) throws IOException {
        Path classes = Path.of(arguments[0]);
        Path made = Path.of(arguments[1]);
        String junit = arguments[2];
        List<String> names = List.of(arguments).subList(3, arguments.length);
        List<Source> tests = new ArrayList<>();
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(System.in))) {
            read(in, tests);
        }
        Files.createDirectories(classes);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StandardJavaFileManager files =
            compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8);
        student(compiler, files, classes, names);
        parse(compiler, tests);
        Map<String, byte[]> product = tests(compiler, files, classes, junit, tests);
        try (DataOutputStream out = new DataOutputStream(
                new BufferedOutputStream(Files.newOutputStream(made)))) {
            for (var each : product.entrySet()) {
                out.writeUTF(each.getKey());
                out.writeInt(each.getValue().length);
                out.write(each.getValue());
            }
        }
    }

    private static void read(DataInputStream in, List<Source> into) throws IOException {
        for (int left = in.readInt(); left > 0; left--) {
            String path = in.readUTF();
            byte[] text = in.readNBytes(in.readInt());
            into.add(new Source(path, new String(text, StandardCharsets.UTF_8)));
        }
    }

    private static void student(JavaCompiler compiler, StandardJavaFileManager files, Path classes,
            List<String> names) throws IOException {
        StringWriter said = new StringWriter();
        List<String> options = new ArrayList<>(OPTIONS);
        options.addAll(List.of("-cp", classes.toString(), "-d", classes.toString()));
        var units = files.getJavaFileObjectsFromStrings(names);
        if (!compiler.getTask(said, files, null, options, null, units).call()) {
            refuse("student", said.toString());
        }
        try (Stream<Path> found = Files.walk(classes)) {
            for (Path path : (Iterable<Path>) found.filter(Files::isRegularFile)::iterator) {
                String problem = Screen.problem(Files.readAllBytes(path));
                if (problem != null) {
                    refuse("refused", problem);
                }
            }
        }
    }

    /** What does not even parse is the teacher's mistake, whatever the student wrote. */
    private static void parse(JavaCompiler compiler, List<Source> tests) throws IOException {
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        var task = (com.sun.source.util.JavacTask) compiler.getTask(
            Writer.nullWriter(), null, problems, OPTIONS, null, units(tests));
        task.parse();
        for (var problem : problems.getDiagnostics()) {
            if (problem.getKind() == Diagnostic.Kind.ERROR) {
                refuse("teacher", words(problem));
            }
        }
    }

    private static Map<String, byte[]> tests(JavaCompiler compiler, StandardJavaFileManager files,
            Path classes, String junit, List<Source> tests) {
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        Memory memory = new Memory(files);
        List<String> options = new ArrayList<>(OPTIONS);
        // The real framework before a student's class of the same name.
        options.addAll(List.of("-cp", junit + File.pathSeparator + classes, "-parameters"));
        if (!compiler.getTask(Writer.nullWriter(), memory, problems, options, null, units(tests)).call()) {
            List<String> said = new ArrayList<>();
            for (var problem : problems.getDiagnostics()) {
                if (problem.getKind() == Diagnostic.Kind.ERROR) {
                    said.add(problem.getCode() + "\t" + problem.getMessage(Locale.ROOT).replaceAll("\\s+", " "));
                }
            }
            refuse("tests", said.stream().distinct().limit(20).collect(Collectors.joining("\n")));
        }
        Map<String, byte[]> product = new TreeMap<>();
        memory.made.forEach((name, bytes) -> product.put(name, bytes.toByteArray()));
        return product;
    }

    private static String words(Diagnostic<? extends JavaFileObject> problem) {
        String name = problem.getSource() == null ? "tests" : problem.getSource().getName();
        return name + ":" + problem.getLineNumber() + ": " + problem.getMessage(Locale.ROOT);
    }

    private static void refuse(String whose, String words) {
        System.err.println(whose + "\n" + words);
        System.err.flush();
        Runtime.getRuntime().halt(1);
    }

    private static List<JavaFileObject> units(List<Source> sources) {
        return sources.stream().map(source -> (JavaFileObject) new SimpleJavaFileObject(
                URI.create("mem:///" + source.path), JavaFileObject.Kind.SOURCE) {
            @Override public CharSequence getCharContent(boolean ignored) {
                return source.text;
            }

            @Override public String getName() {
                return source.path;
            }
        }).toList();
    }

    private static final class Memory extends ForwardingJavaFileManager<StandardJavaFileManager> {
        final Map<String, ByteArrayOutputStream> made = new TreeMap<>();

        Memory(StandardJavaFileManager files) {
            super(files);
        }

        @Override public JavaFileObject getJavaFileForOutput(
                Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("mem:///" + name.replace('.', '/')), kind) {
                @Override public OutputStream openOutputStream() {
                    return made.computeIfAbsent(name, ignored -> new ByteArrayOutputStream());
                }
            };
        }
    }

    /**
     * Says what a student's class may not refer to. Tests and student's classes share a class
     * loader, so that tests see what is package-private; reflection would let the student's
     * classes see the tests in return. javac wrote these files: they are well-formed.
     */
    private static final class Screen {
        private static final Set<String> OF_CLASS = Set.of("getClass", "getName", "getSimpleName",
            "getTypeName", "getPackageName", "isInstance", "cast", "hashCode", "equals", "toString",
            "desiredAssertionStatus", "getEnumConstants", "isArray", "isEnum", "isInterface",
            "isRecord", "isAssignableFrom", "getComponentType", "asSubclass", "getSuperclass");
        private static final List<String> PACKAGES = List.of("java/lang/reflect/", "java/lang/invoke/",
            "java/beans/", "java/rmi/", "javax/management/", "javax/script/", "javax/tools/",
            "java/lang/instrument/", "java/lang/module/", "sun/", "jdk/", "com/sun/", "carrel/",
            "org/junit/", "org/opentest4j/", "org/apiguardian/");
        private static final Set<String> OWNERS = Set.of("java/lang/ClassLoader", "java/lang/Module",
            "java/lang/ModuleLayer", "java/lang/StackWalker", "java/util/ServiceLoader",
            "java/util/ResourceBundle", "java/net/URLClassLoader", "java/security/AccessController",
            "java/io/ObjectInputStream", "java/lang/SecurityManager", "java/security/Policy");
        // What javac itself refers to for lambdas, records, switches and string concatenation.
        private static final Set<String> OF_JAVAC = Set.of("java/lang/reflect/Array",
            "java/lang/reflect/Array[]", "java/lang/invoke/LambdaMetafactory",
            "java/lang/invoke/StringConcatFactory", "java/lang/runtime/ObjectMethods",
            "java/lang/invoke/MethodHandles$Lookup", "java/lang/invoke/MethodHandles",
            "java/lang/invoke/TypeDescriptor", "java/lang/invoke/SerializedLambda");

        static String problem(byte[] file) throws IOException {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(file));
            in.readLong();
            int count = in.readUnsignedShort();
            Object[] pool = new Object[count];
            int[][] pairs = new int[count][];
            boolean[] isClass = new boolean[count], isMember = new boolean[count];
            for (int i = 1; i < count; i++) {
                int tag = in.readUnsignedByte();
                switch (tag) {
                    case 1 -> pool[i] = in.readUTF();
                    case 3, 4 -> in.readInt();
                    case 5, 6 -> {
                        in.readLong();
                        i++;
                    }
                    case 7 -> {
                        isClass[i] = true;
                        pairs[i] = new int[] {in.readUnsignedShort()};
                    }
                    case 8, 16, 19, 20 -> in.readUnsignedShort();
                    case 9, 10, 11, 12, 17, 18 -> {
                        isMember[i] = tag <= 11;
                        pairs[i] = new int[] {in.readUnsignedShort(), in.readUnsignedShort()};
                    }
                    case 15 -> {
                        in.readUnsignedByte();
                        in.readUnsignedShort();
                    }
                    default -> throw new IOException("constant " + tag);
                }
            }
            for (int i = 1; i < count; i++) {
                if (isClass[i]) {
                    String name = ((String) pool[pairs[i][0]]).replaceFirst("^\\[+L?", "");
                    String found = ofClass(name.replaceFirst(";$", ""));
                    if (found != null) {
                        return found;
                    }
                } else if (isMember[i]) {
                    String owner = (String) pool[pairs[pairs[i][0]][0]];
                    String member = (String) pool[pairs[pairs[i][1]][0]];
                    if (owner.equals("java/lang/Class") && !OF_CLASS.contains(member)
                            || owner.startsWith("java/lang/invoke/MethodHandles")
                            || owner.equals("java/lang/Thread") && member.endsWith("ContextClassLoader")) {
                        return owner.replace('/', '.') + "." + member;
                    }
                }
            }
            return null;
        }

        private static String ofClass(String name) {
            if (OF_JAVAC.contains(name)) {
                return null;
            }
            boolean bad = OWNERS.contains(name) || PACKAGES.stream().anyMatch(name::startsWith);
            return bad ? name.replace('/', '.') : null;
        }
    }
}
