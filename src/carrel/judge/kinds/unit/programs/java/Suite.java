package carrel;

import java.net.URL;
import java.security.*;
import java.security.cert.Certificate;
import java.util.*;

/**
 * Loads tests and student's classes, from memory; of one package, in two protection domains.
 *
 * A name of the framework's is always the framework's, and a test's is the test's, whatever the
 * student called a class.
 */
final class Suite extends ClassLoader {
    private static final List<String> FRAMEWORK =
        List.of("org.junit.", "org.opentest4j.", "org.apiguardian.");
    private static volatile Set<String> students = Set.of();
    static volatile ProtectionDomain domain;

    private final Map<String, byte[]> tests;
    private final Map<String, byte[]> classes;

    Suite(Map<String, byte[]> tests, Map<String, byte[]> classes) {
        super(ClassLoader.getPlatformClassLoader());
        this.tests = tests;
        this.classes = classes;
        Set<String> names = new HashSet<>(classes.keySet());
        names.removeAll(tests.keySet());
        students = names;
        domain = new ProtectionDomain(
            new CodeSource((URL) null, (Certificate[]) null), null, this, new Principal[0]);
    }

    static boolean isStudents(String name) {
        return students.contains(name);
    }

    @Override protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        for (String framework : FRAMEWORK) {
            if (name.startsWith(framework)) {
                return Launch.class.getClassLoader().loadClass(name);
            }
        }
        return super.loadClass(name, resolve);
    }

    @Override protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] test = tests.get(name);
        if (test != null) {
            return defineClass(name, test, 0, test.length, Launch.class.getProtectionDomain());
        }
        byte[] own = classes.get(name);
        if (own == null) {
            throw new ClassNotFoundException(name);
        }
        return defineClass(name, own, 0, own.length, domain);
    }
}
