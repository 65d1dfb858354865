/* A `java` that waits: `java WARMING-CLASS MAIN-CLASS OPTION...`; see carrel/guest/wait.c.
 *
 * The JVM is started, and runs the warming class's `warm()`, before it is known what it will
 * run. Then directory and arguments are read from descriptor 3, the main class as the first of
 * them if it is `-`, and it goes on as the JDK's own launcher does (libjli/java.c), without a Java frame below `main`: the same messages, stack
 * traces and exit codes. */
#include <jni.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLASSES "/opt/carrel/waiting"
#define MESSAGE_MAX (64u * 1024)

static int count;
static char **words; /* our own name, the two classes, the JVM's options */
static char message[MESSAGE_MAX];

static void die(const char *why) {
    fprintf(stderr, "cannot wait: %s\n", why);
    _exit(70);
}

/* Read exactly `size` bytes. */
static void read_all(void *to, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t n = read(3, (char *)to + done, size - done);
        if (n <= 0) _exit(0); /* the agent is gone */
        done += (size_t)n;
    }
}

/* The next string of the message, terminated: what follows has been read already. */
static char *next(char **at, const char *end) {
    uint32_t size;
    if (*at + 4 > end) return NULL;
    memcpy(&size, *at, 4);
    char *string = *at; /* moved over its length, which leaves room for the end */
    memmove(string, *at + 4, size);
    string[size] = 0;
    *at += 4 + size;
    return string;
}

/* A class that is no file on the program's class path, but seen by its loader. */
static jclass define(JNIEnv *env, const char *name) {
    static jbyte code[MESSAGE_MAX];
    char path[256];
    snprintf(path, sizeof path, CLASSES "/carrel/waiting/%s.class", name);
    FILE *file = fopen(path, "rb");
    if (!file) die("there is no such class");
    jsize size = (jsize)fread(code, 1, sizeof code, file);
    fclose(file);
    jclass loaders = (*env)->FindClass(env, "java/lang/ClassLoader");
    jmethodID get = (*env)->GetStaticMethodID(env, loaders, "getSystemClassLoader",
                                              "()Ljava/lang/ClassLoader;");
    jobject loader = (*env)->CallStaticObjectMethod(env, loaders, get);
    snprintf(path, sizeof path, "carrel/waiting/%s", name);
    return (*env)->DefineClass(env, path, loader, code, size);
}

static void warm(JNIEnv *env, const char *name) {
    jclass class = define(env, name);
    jmethodID method = class ? (*env)->GetStaticMethodID(env, class, "warm", "()V") : NULL;
    if (method) (*env)->CallStaticVoidMethod(env, class, method);
    if ((*env)->ExceptionCheck(env)) {
        (*env)->ExceptionDescribe(env);
        die("warming failed");
    }
}

static jobjectArray strings(JNIEnv *env, char **at, const char *end) {
    char *begin = *at, *each;
    jsize number = 0;
    for (char *look = begin; look + 4 <= end; number++) {
        uint32_t size;
        memcpy(&size, look, 4);
        look += 4 + size;
    }
    jobjectArray array =
        (*env)->NewObjectArray(env, number, (*env)->FindClass(env, "java/lang/String"), NULL);
    for (jsize i = 0; array && (each = next(at, end)); i++) {
        jstring string = (*env)->NewStringUTF(env, each);
        (*env)->SetObjectArrayElement(env, array, i, string);
        (*env)->DeleteLocalRef(env, string);
    }
    return array;
}

static void set_property(JNIEnv *env, const char *name, const char *value) {
    jclass system = (*env)->FindClass(env, "java/lang/System");
    jmethodID set = (*env)->GetStaticMethodID(
        env, system, "setProperty", "(Ljava/lang/String;Ljava/lang/String;)Ljava/lang/String;");
    (*env)->CallStaticObjectMethod(env, system, set, (*env)->NewStringUTF(env, name),
                                   (*env)->NewStringUTF(env, value));
}

/* What java.c does between the JVM's start and its end. */
static int run(JNIEnv *env, char *at, const char *end) {
    char *directory = next(&at, end);
    char *name = strcmp(words[2], "-") ? words[2] : next(&at, end);
    if (!directory || !name || chdir(directory) < 0) die("there is no directory");
    char command[4096];
    size_t used = (size_t)snprintf(command, sizeof command, "%s", name);
    for (char *look = at; look + 4 <= end && used < sizeof command;) {
        uint32_t size;
        memcpy(&size, look, 4);
        used += (size_t)snprintf(command + used, sizeof command - used, " %.*s", (int)size, look + 4);
        look += 4 + size;
    }
    set_property(env, "sun.java.command", command);
    jclass helper = (*env)->FindClass(env, "sun/launcher/LauncherHelper");
    jmethodID check = helper ? (*env)->GetStaticMethodID(env, helper, "checkAndLoadMain",
                                                         "(ZILjava/lang/String;)Ljava/lang/Class;")
                             : NULL;
    if (!check) return 1;
    jclass class = (*env)->CallStaticObjectMethod(env, helper, check, JNI_TRUE, 1,
                                                  (*env)->NewStringUTF(env, name));
    if (!class || (*env)->ExceptionCheck(env)) return 1;
    jobjectArray arguments = strings(env, &at, end);
    if (!arguments) return 1;
    jmethodID method =
        (*env)->GetStaticMethodID(env, class, "main", "([Ljava/lang/String;)V");
    if (!method) return 1;
    (*env)->CallStaticVoidMethod(env, class, method, arguments);
    return (*env)->ExceptionCheck(env) ? 1 : 0;
}

static void *in_main_thread(void *result) {
    JavaVM *vm;
    JNIEnv *env;
    char directory[64];
    JavaVMOption *options = calloc((size_t)count + 2, sizeof *options);
    if (!options) die("no memory");
    int used = 0;
    /* First, so that an option of the same name is the one that holds. */
    snprintf(directory, sizeof directory, "-Duser.dir=/work/%u", (unsigned)getuid());
    options[used++].optionString = directory;
    options[used++].optionString = "-Dsun.java.launcher=SUN_STANDARD";
    for (int i = 3; i < count; i++) options[used++].optionString = words[i];
    JavaVMInitArgs arguments = {
        .version = JNI_VERSION_10, .nOptions = used, .options = options, .ignoreUnrecognized = JNI_FALSE};
    if (JNI_CreateJavaVM(&vm, (void **)&env, &arguments) != JNI_OK) die("no JVM");
    warm(env, words[1]);

    uint32_t size;
    if (write(3, "r", 1) != 1) _exit(0);
    read_all(&size, sizeof size);
    if (size >= sizeof message) _exit(70);
    read_all(message, size);
    close(3);
    *(int *)result = run(env, message, message + size);
    /* Says what nobody caught, then waits for the other threads. */
    if ((*vm)->DetachCurrentThread(vm) != JNI_OK) *(int *)result = 1;
    (*vm)->DestroyJavaVM(vm);
    return NULL;
}

int main(int argc, char **argv) {
    count = argc;
    words = argv;
    if (argc < 3) die("name the classes");
    size_t stack = 1024 * 1024; /* as the JVM's threads have it */
    for (int i = 3; i < argc; i++)
        if (!strncmp(argv[i], "-Xss", 4)) stack = (size_t)atol(argv[i] + 4) << 20;
    /* Not the first thread, whose stack cannot be as the option says. */
    static int result;
    pthread_t thread;
    pthread_attr_t how;
    pthread_attr_init(&how);
    pthread_attr_setstacksize(&how, stack);
    if (pthread_create(&thread, &how, in_main_thread, &result)) die("no thread");
    pthread_join(thread, NULL);
    return result;
}
