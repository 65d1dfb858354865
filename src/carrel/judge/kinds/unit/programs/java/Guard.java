package carrel;

import java.io.FilePermission;
import java.security.*;
import java.util.PropertyPermission;
import java.util.logging.LoggingPermission;

/**
 * Lets the student's classes compute, print, make threads and read files, and nothing else.
 *
 * Whoever calls them: a permission needs all classes on the stack to have it, and a thread keeps
 * the limits of the one that made it.
 */
@SuppressWarnings("removal")
final class Guard extends SecurityManager {
    // Not `modifyThread`, which an executor needs; the JDK's own pools have this one.
    private static final Permission TO_THREADS = new RuntimePermission("modifyThreadGroup");
    private static final Permission READ_APP = new FilePermission("/app/-", "read");
    private static final Permission OWN_FILES =
        new FilePermission(System.getProperty("user.dir") + "/-", "read,write,delete");

    private final ThreadGroup group = new ThreadGroup("student");

    private Guard() {}

    static void install() {
        // Used below; loading classes inside a check would ask for permissions again.
        allowed(new RuntimePermission("modifyThread"));
        allowed(new FilePermission("/app/x", "read"));
        allowed(new PropertyPermission("x", "read"));
        Policy.setPolicy(new Policy() {
            @Override public boolean implies(ProtectionDomain domain, Permission permission) {
                return domain != Suite.domain || allowed(permission);
            }

            @Override public PermissionCollection getPermissions(ProtectionDomain domain) {
                return new Permissions();
            }
        });
        System.setSecurityManager(new Guard());
    }

    private static boolean allowed(Permission permission) {
        String name = permission.getName();
        if (permission instanceof PropertyPermission) {
            return permission.getActions().equals("read") || name.equals("user.language");
        }
        if (permission instanceof FilePermission) {
            return READ_APP.implies(permission) || OWN_FILES.implies(permission);
        }
        if (permission instanceof RuntimePermission) {
            // An executor's shutdown() asks for the first; checkAccess below guards the threads.
            return name.equals("modifyThread") || name.startsWith("getenv.");
        }
        return permission instanceof LoggingPermission;
    }

    /** Say in a few words what was refused. */
    static String words(Permission permission) {
        if (permission == null) {
            return "";
        }
        String name = permission.getName();
        if (name.startsWith("exitVM")) {
            return "System.exit";
        }
        return (name + " " + permission.getActions()).strip();
    }

    @Override public ThreadGroup getThreadGroup() {
        return group;
    }

    @Override public void checkAccess(Thread thread) {
        ThreadGroup of = thread.getThreadGroup();
        if (of != null && !group.parentOf(of)) {
            checkPermission(TO_THREADS);
        }
    }

    @Override public void checkAccess(ThreadGroup of) {
        if (!group.parentOf(of)) {
            checkPermission(TO_THREADS);
        }
    }
}
