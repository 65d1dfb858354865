import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Inside the sandbox: find a student's method, call it, write what came of it.
 *
 * Arguments: the class, the method's name, which argument it changes in place (-1: none), the
 * types of the result and of the parameters. A list may be declared as an array or a List, a
 * number by any type that is wide enough. The protocol is described in
 * judge/kinds/call_session.py.
 */
final class CarrelHarness__ {
    private static final DataInputStream CALLS =
            new DataInputStream(new BufferedInputStream(new FileInputStream(FileDescriptor.in)));
    private static final OutputStream ANSWERS = new FileOutputStream(FileDescriptor.out);
    private static final byte[] READY = new byte[8];
    private static final int DEEPEST = 40;

    private final int changed;
    private final String result;
    private final String[] kinds;
    private Method method;
    private Constructor<?> constructor;

    private CarrelHarness__(String[] args) {
        changed = Integer.parseInt(args[2]);
        result = args[3];
        kinds = java.util.Arrays.copyOfRange(args, 4, args.length);
    }

    public static void main(String[] args) throws Throwable {
        // What the student's program reads and prints has nothing to do with the calls.
        PrintStream said = new PrintStream(new FileOutputStream(FileDescriptor.err), false, "UTF-8");
        System.setIn(InputStream.nullInputStream());
        System.setOut(said);
        System.setErr(said);
        CarrelHarness__ harness = new CarrelHarness__(args);
        String found = harness.find(args[0], args[1]);
        if (found != null) {
            send(READY, 'N', found.getBytes(StandardCharsets.UTF_8));
            Runtime.getRuntime().halt(0);
        }
        send(READY, 'Y', new byte[0]);
        harness.serve(said);
    }

    // --- finding the method -------------------------------------------------------------

    /** Returns null when the method was found, else how it is declared instead. */
    private String find(String mainClass, String name) throws Throwable {
        StringBuilder found = new StringBuilder();
        for (String className : new String[] {"Solution", mainClass}) {
            Class<?> type;
            try {
                type = Class.forName(className);
            } catch (ClassNotFoundException | NoClassDefFoundError e) {
                continue;
            } catch (ExceptionInInitializerError e) {
                System.err.print(trace(e.getCause()));
                System.err.flush();
                Runtime.getRuntime().halt(1);
                throw e;
            }
            for (Method candidate : type.getDeclaredMethods()) {
                if (!candidate.getName().equals(name) || candidate.isSynthetic()) continue;
                if (fits(candidate) && usable(candidate, type)) {
                    method = candidate;
                    method.setAccessible(true);
                    return null;
                }
                if (found.length() == 0) found.append(candidate.toGenericString());
            }
        }
        return found.toString();
    }

    private boolean usable(Method candidate, Class<?> type) {
        if (Modifier.isAbstract(candidate.getModifiers())) return false;
        if (Modifier.isStatic(candidate.getModifiers())) return true;
        try {
            constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return true;
        } catch (NoSuchMethodException e) {
            return false;
        }
    }

    private boolean fits(Method candidate) {
        Type[] types = candidate.getGenericParameterTypes();
        if (types.length != kinds.length) return false;
        for (int i = 0; i < types.length; i++) {
            if (!fits(types[i], kinds[i])) return false;
        }
        return result.equals("void") == (candidate.getReturnType() == void.class);
    }

    private static boolean fits(Type type, String kind) {
        if (type instanceof Class<?> && ((Class<?>) type) == Object.class) return true;
        Class<?> raw = raw(type);
        switch (kind) {
            case "int":
                return raw == int.class || raw == Integer.class || wide(raw);
            case "long":
                return wide(raw);
            case "float":
                return raw == double.class || raw == Double.class;
            case "bool":
                return raw == boolean.class || raw == Boolean.class;
            case "string":
                return raw == String.class || raw == CharSequence.class;
            default:
        }
        String item = inner(kind);
        if (kind.startsWith("list<")) {
            if (raw.isArray()) return fits(component(type), item);
            return raw.isAssignableFrom(ArrayList.class) && fits(argument(type, 0), item);
        }
        if (kind.startsWith("map<")) {
            return raw.isAssignableFrom(LinkedHashMap.class)
                    && fits(argument(type, 0), "string")
                    && fits(argument(type, 1), item);
        }
        if (raw == Optional.class) return fits(argument(type, 0), item);
        return !raw.isPrimitive() && fits(type, item);
    }

    private static boolean wide(Class<?> raw) {
        return raw == long.class || raw == Long.class || raw == BigInteger.class;
    }

    /** The T of list<T>, map<string,T> and optional<T>; types come without spaces. */
    private static String inner(String kind) {
        int start = kind.startsWith("map<string,") ? "map<string,".length() : kind.indexOf('<') + 1;
        return kind.substring(start, kind.length() - 1);
    }

    private static Class<?> raw(Type type) {
        if (type instanceof Class<?>) return (Class<?>) type;
        if (type instanceof ParameterizedType) return raw(((ParameterizedType) type).getRawType());
        if (type instanceof java.lang.reflect.GenericArrayType) {
            Type part = ((java.lang.reflect.GenericArrayType) type).getGenericComponentType();
            return Array.newInstance(raw(part), 0).getClass();
        }
        if (type instanceof java.lang.reflect.WildcardType) {
            return raw(((java.lang.reflect.WildcardType) type).getUpperBounds()[0]);
        }
        return Object.class;
    }

    private static Type component(Type type) {
        if (type instanceof java.lang.reflect.GenericArrayType) {
            return ((java.lang.reflect.GenericArrayType) type).getGenericComponentType();
        }
        return raw(type).getComponentType();
    }

    private static Type argument(Type type, int index) {
        if (!(type instanceof ParameterizedType)) return Object.class;
        Type found = ((ParameterizedType) type).getActualTypeArguments()[index];
        return found instanceof java.lang.reflect.WildcardType
                ? ((java.lang.reflect.WildcardType) found).getUpperBounds()[0]
                : found;
    }

    // --- calls --------------------------------------------------------------------------

    private void serve(PrintStream said) throws Throwable {
        Type[] types = method.getGenericParameterTypes();
        while (true) {
            byte[] number = new byte[8];
            Object[] values = new Object[types.length];
            try {
                CALLS.readInt();
                CALLS.readFully(number);
                CALLS.readInt();
                for (int i = 0; i < values.length; i++) values[i] = decode(types[i], kinds[i]);
            } catch (IOException e) {
                Runtime.getRuntime().halt(0);
            }
            char status = 'R';
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try {
                Object target = constructor == null ? null : constructor.newInstance();
                Object value = method.invoke(target, values);
                if (changed >= 0) value = values[changed];
                encode(value, new DataOutputStream(bytes), 0);
            } catch (Throwable error) {
                status = 'E';
                bytes.reset();
                Throwable cause = error instanceof InvocationTargetException ? error.getCause() : error;
                describe(cause, new DataOutputStream(bytes));
            }
            System.out.flush();
            System.err.flush();
            said.flush();
            send(number, status, bytes.toByteArray());
        }
    }

    private static void send(byte[] number, char status, byte[] body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length + 13);
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(9 + body.length);
        out.write(number);
        out.writeByte(status);
        out.write(body);
        ANSWERS.write(bytes.toByteArray());
        ANSWERS.flush();
    }

    private static void describe(Throwable error, DataOutputStream out) throws IOException {
        List<String> classes = new ArrayList<>();
        for (Class<?> one = error.getClass(); one != Object.class && classes.size() < 16; ) {
            classes.add(one.getName());
            one = one.getSuperclass();
        }
        out.writeInt(classes.size());
        for (String name : classes) text(name, out);
        String message;
        try {
            message = String.valueOf(error.getMessage());
        } catch (Throwable e) {
            message = "";
        }
        text(cut(message, 1000), out);
        text(cut(trace(error), 8000), out);
    }

    private static String trace(Throwable error) {
        try {
            List<StackTraceElement> own = new ArrayList<>();
            for (StackTraceElement frame : error.getStackTrace()) {
                String where = frame.getClassName();
                if (where.startsWith("CarrelHarness__")) break;
                if (where.startsWith("java.lang.reflect.") || where.startsWith("jdk.internal.")) continue;
                if (own.size() < 30) own.add(frame);
            }
            error.setStackTrace(own.toArray(new StackTraceElement[0]));
            StringWriter text = new StringWriter();
            PrintWriter writer = new PrintWriter(text);
            writer.print("Exception in thread \"main\" ");
            error.printStackTrace(writer);
            writer.flush();
            return text.toString();
        } catch (Throwable e) {
            return "";
        }
    }

    private static String cut(String text, int limit) {
        return text.length() <= limit ? text : text.substring(0, limit);
    }

    // --- arguments ----------------------------------------------------------------------

    private static Object decode(Type type, String kind) throws IOException {
        byte tag = CALLS.readByte();
        Class<?> raw = raw(type);
        if (kind.startsWith("optional<")) {
            if (raw == Optional.class) {
                return tag == 'n' ? Optional.empty() : Optional.of(decode(argument(type, 0), inner(kind), tag));
            }
            return tag == 'n' ? null : decode(type, inner(kind), tag);
        }
        return decode(type, kind, tag);
    }

    private static Object decode(Type type, String kind, byte tag) throws IOException {
        Class<?> raw = raw(type);
        switch (tag) {
            case 't':
                return true;
            case 'f':
                return false;
            case 'i':
                return whole(CALLS.readLong(), raw, kind);
            case 'd':
                return CALLS.readDouble();
            case 's':
                return string();
            default:
        }
        int count = CALLS.readInt();
        String item = inner(kind);
        if (tag == 'm') {
            Map<String, Object> map = new LinkedHashMap<>();
            for (int i = 0; i < count; i++) map.put(string(), decode(argument(type, 1), item));
            return raw.isAssignableFrom(LinkedHashMap.class) ? map : new java.util.TreeMap<>(map);
        }
        if (raw.isArray()) {
            Type part = component(type);
            Object array = Array.newInstance(raw(part), count);
            for (int i = 0; i < count; i++) Array.set(array, i, decode(part, item));
            return array;
        }
        List<Object> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) list.add(decode(argument(type, 0), item));
        return list;
    }

    private static Object whole(long value, Class<?> raw, String kind) {
        if (raw == BigInteger.class) return BigInteger.valueOf(value);
        if (wide(raw)) return value;
        if (raw == Object.class && kind.equals("long")) return value;
        return (int) value;
    }

    private static String string() throws IOException {
        byte[] data = new byte[CALLS.readInt()];
        CALLS.readFully(data);
        return new String(data, StandardCharsets.UTF_8);
    }

    // --- results ------------------------------------------------------------------------

    private static void encode(Object value, DataOutputStream out, int depth) throws IOException {
        if (value instanceof Optional<?>) value = ((Optional<?>) value).orElse(null);
        if (value == null) out.writeByte('n');
        else if (value instanceof Boolean) out.writeByte((Boolean) value ? 't' : 'f');
        else if (value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte) {
            out.writeByte('i');
            out.writeLong(((Number) value).longValue());
        } else if (value instanceof Double || value instanceof Float) {
            out.writeByte('d');
            out.writeDouble(((Number) value).doubleValue());
        } else if (value instanceof BigInteger) {
            out.writeByte('I');
            text(value.toString(), out);
        } else if (value instanceof CharSequence || value instanceof Character) {
            out.writeByte('s');
            text(value.toString(), out);
        } else if (depth > DEEPEST) other("a value that is nested too deeply", out);
        else if (value.getClass().isArray()) {
            int count = Array.getLength(value);
            out.writeByte('l');
            out.writeInt(count);
            for (int i = 0; i < count; i++) encode(Array.get(value, i), out, depth + 1);
        } else if (value instanceof Collection<?> && !(value instanceof Set<?>)) {
            Object[] items = ((Collection<?>) value).toArray();
            out.writeByte('l');
            out.writeInt(items.length);
            for (Object item : items) encode(item, out, depth + 1);
        } else if (value instanceof Map<?, ?>) pairs((Map<?, ?>) value, out, depth);
        else other("a value of class " + value.getClass().getName(), out);
    }

    private static void pairs(Map<?, ?> map, DataOutputStream out, int depth) throws IOException {
        List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
        for (Map.Entry<?, ?> entry : entries) {
            if (!(entry.getKey() instanceof String)) {
                other("a map whose keys are no texts", out);
                return;
            }
        }
        out.writeByte('m');
        out.writeInt(entries.size());
        for (Map.Entry<?, ?> entry : entries) {
            text((String) entry.getKey(), out);
            encode(entry.getValue(), out, depth + 1);
        }
    }

    private static void other(String description, DataOutputStream out) throws IOException {
        out.writeByte('o');
        text(cut(description, 200), out);
    }

    private static void text(String text, DataOutputStream out) throws IOException {
        byte[] data = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(data.length);
        out.write(data);
    }
}
