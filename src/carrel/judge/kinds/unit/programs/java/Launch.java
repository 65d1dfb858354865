package carrel;

import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.AccessControlException;
import java.util.*;
import java.util.stream.*;
import org.junit.jupiter.engine.JupiterTestEngine;
import org.junit.platform.engine.*;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.*;
import org.junit.platform.launcher.core.*;

/**
 * Runs JUnit's tests beside classes that nobody trusts, and tells the host each test's end.
 *
 * The tests' classes come on standard input. They and the student's share one class loader,
 * because tests use what is package-private, but not one protection domain: a security manager
 * leaves the student's classes no permission (see Guard). What was standard output belongs to
 * the report; what programs print goes to standard error. A test that is not reported has
 * failed, so ending the JVM early gains nothing.
 */
public final class Launch {
    private static final int SHOWN = 2000;
    private static final int FRAMES = 8;
    private static PrintStream report;

    private Launch() {}

    public static void main(String[] arguments) throws Exception {
        report = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        PrintStream printed = new PrintStream(new BufferedOutputStream(
            new FileOutputStream(FileDescriptor.err), 8192), false, StandardCharsets.UTF_8);
        Map<String, byte[]> tests = new LinkedHashMap<>();
        List<String> only = new ArrayList<>();
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(System.in))) {
            for (int left = in.readInt(); left > 0; left--) {
                only.add(in.readUTF());
            }
            for (String name; in.available() > 0; ) {
                name = in.readUTF();
                tests.put(name, in.readNBytes(in.readInt()));
            }
        }
        System.setIn(new ByteArrayInputStream(new byte[0]));
        ClassLoader loader = new Suite(tests, read(Path.of(arguments[0])));
        Thread.currentThread().setContextClassLoader(loader);
        Launcher launcher = LauncherFactory.create(LauncherConfig.builder()
            .enableTestEngineAutoRegistration(false)
            .enableLauncherSessionListenerAutoRegistration(false)
            .enableLauncherDiscoveryListenerAutoRegistration(false)
            .enablePostDiscoveryFilterAutoRegistration(false)
            .enableTestExecutionListenerAutoRegistration(false)
            .addTestEngines(new JupiterTestEngine()).build());
        // The first use of each loads classes that the guard would ask about.
        Canaries.check();
        Guard.install();
        // The JVM warned of the guard; the host drops what comes before this line.
        printed.print("\u001e\n");
        printed.flush();
        System.setOut(printed);
        System.setErr(printed);
        try {
            TestPlan plan = launcher.discover(request(loader, tests.keySet(), only));
            Listener listener = new Listener(plan, printed);
            say("{\"plan\":[" + listener.units.values().stream().map(Unit::json)
                .collect(Collectors.joining(",")) + "]}");
            launcher.execute(plan, listener);
            Canaries.check();
            printed.flush();
            say("{\"end\":true}");
        } catch (OutOfMemoryError error) {
            say("{\"died\":\"out-of-memory\"}");
        } catch (Throwable error) {
            error.printStackTrace(printed);
            printed.flush();
            say("{\"died\":" + quote(error.getClass().getName()) + "}");
        }
        Runtime.getRuntime().halt(0);
    }

    private static Map<String, byte[]> read(Path classes) throws IOException {
        Map<String, byte[]> found = new HashMap<>();
        try (Stream<Path> paths = Files.walk(classes)) {
            for (Path path : (Iterable<Path>) paths.filter(each -> each.toString().endsWith(".class"))::iterator) {
                String name = classes.relativize(path).toString().replace('/', '.');
                found.put(name.substring(0, name.length() - 6), Files.readAllBytes(path));
            }
        }
        return found;
    }

    private static LauncherDiscoveryRequest request(
            ClassLoader loader, Set<String> names, List<String> only) throws ClassNotFoundException {
        List<DiscoverySelector> selectors = new ArrayList<>();
        for (String name : names) {
            if (only.isEmpty() && !name.contains("$")) {
                selectors.add(DiscoverySelectors.selectClass(Class.forName(name, false, loader)));
            }
        }
        for (String id : only) {
            selectors.add(DiscoverySelectors.selectUniqueId(id));
        }
        return LauncherDiscoveryRequestBuilder.request().selectors(selectors)
            .configurationParameter("junit.jupiter.execution.parallel.enabled", "false").build();
    }

    private static synchronized void say(String json) {
        report.print(json + "\n");
        report.flush();
    }

    static String quote(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.chars().limit(SHOWN).forEach(c -> {
            if (c < ' ' || c == '"' || c == '\\' || c > '~') {
                out.append(String.format("\\u%04x", c));
            } else {
                out.append((char) c);
            }
        });
        return out.append('"').toString();
    }

    /** One test method, with all its invocations. */
    private static final class Unit {
        final String id, key, name, container;
        int run;
        boolean done;
        String kind = "passed", message = "", at = "";

        Unit(TestIdentifier test, String key, String display) {
            this.id = test.getUniqueId();
            this.key = key;
            this.name = display;
            this.container = test.getParentId().orElse("");
        }

        String json() {
            return "{\"id\":" + quote(id) + ",\"key\":" + quote(key) + ",\"name\":" + quote(name) + "}";
        }
    }

    private static final class Listener implements TestExecutionListener {
        final Map<String, Unit> units = new LinkedHashMap<>();
        private final PrintStream printed;

        Listener(TestPlan plan, PrintStream printed) {
            this.printed = printed;
            plan.getRoots().forEach(root -> plan.getDescendants(root).forEach(this::note));
        }

        private void note(TestIdentifier test) {
            String type = type(test.getUniqueIdObject().getLastSegment());
            if (type == null) {
                return;
            }
            String method = test.getLegacyReportingName().replaceFirst("\\(.*", "");
            String owner = test.getSource().filter(each -> each instanceof
                    org.junit.platform.engine.support.descriptor.MethodSource)
                .map(each -> ((org.junit.platform.engine.support.descriptor.MethodSource) each))
                .map(each -> each.getClassName().replaceFirst("^.*\\.", "").replace('$', '.') + "." + each.getMethodName())
                .orElse(method);
            String display = test.getDisplayName();
            boolean own = !display.matches("[\\w$]+\\(.*\\)");
            units.put(test.getUniqueId(), new Unit(test, owner, own ? display : owner));
        }

        private static String type(UniqueId.Segment last) {
            return Set.of("method", "test-template", "test-factory").contains(last.getType())
                ? last.getType() : null;
        }

        /** Return the method that a test belongs to: itself, or the one it is an invocation of. */
        private Unit unit(TestIdentifier test) {
            UniqueId id = test.getUniqueIdObject();
            while (id.getSegments().size() > 1) {
                Unit unit = units.get(id.toString());
                if (unit != null) {
                    return unit;
                }
                id = id.removeLastSegment();
            }
            return null;
        }

        @Override public void executionStarted(TestIdentifier test) {
            Unit unit = units.get(test.getUniqueId());
            if (unit != null) {
                say("{\"start\":" + quote(unit.id) + "}");
            }
        }

        @Override public void executionSkipped(TestIdentifier test, String reason) {
            units.values().stream().filter(each -> !each.done && under(each, test))
                .forEach(each -> finish(each, "skipped"));
        }

        private static boolean under(Unit unit, TestIdentifier test) {
            String id = test.getUniqueId();
            return unit.id.equals(id) || unit.id.startsWith(id + "/");
        }

        @Override public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            Unit unit = unit(test);
            Throwable error = result.getThrowable().orElse(null);
            boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
            if (unit == null) {
                if (!passed) {  // such as a @BeforeAll: none of the class's tests ran
                    units.values().stream().filter(each -> !each.done && under(each, test))
                        .forEach(each -> {
                            describe(each, result.getStatus(), error, "");
                            finish(each, each.kind);
                        });
                }
                return;
            }
            boolean own = unit.id.equals(test.getUniqueId());
            if (test.isTest()) {
                unit.run++;
            }
            if (!passed && unit.kind.equals("passed")) {
                describe(unit, result.getStatus(), error, own ? "" : test.getDisplayName() + ": ");
            }
            if (own) {
                if (unit.kind.equals("passed") && unit.run == 0) {
                    unit.kind = "empty";
                }
                finish(unit, unit.kind);
            }
        }

        private static void describe(
                Unit unit, TestExecutionResult.Status status, Throwable error, String before) {
            boolean aborted = status == TestExecutionResult.Status.ABORTED;
            StackTraceElement[] trace = error == null ? new StackTraceElement[0] : error.getStackTrace();
            boolean asserted = error instanceof AssertionError
                && (trace.length == 0 || !Suite.isStudents(trace[0].getClassName()));
            String said = error == null ? "" : error.getMessage();
            said = said == null ? "" : said;
            unit.kind = aborted ? "aborted" : asserted ? "failed" : "error";
            if (error instanceof AccessControlException refused) {
                unit.kind = "refused";
                said = Guard.words(refused.getPermission());
            } else if (!asserted && error != null) {
                said = error.getClass().getName() + (said.isEmpty() ? "" : ": " + said);
            }
            unit.message = before + said;
            unit.at = Stream.of(trace).filter(each -> Suite.isStudents(each.getClassName()))
                .map(StackTraceElement::toString).distinct().limit(FRAMES)
                .collect(Collectors.joining("\n"));
        }

        private void finish(Unit unit, String kind) {
            unit.done = true;
            printed.flush();
            say("{\"done\":" + quote(unit.id) + ",\"kind\":" + quote(kind) + ",\"message\":"
                + quote(unit.message) + ",\"at\":" + quote(unit.at) + "}");
        }
    }
}
