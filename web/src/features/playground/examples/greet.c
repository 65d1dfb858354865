#include <stdio.h>
#include <string.h>

int main(void) {
    char name[100] = "";
    printf("What is your name? ");
    fflush(stdout);
    if (fgets(name, sizeof name, stdin) != NULL) {
        name[strcspn(name, "\n")] = '\0';
    }
    printf("Hello, %s!\n", name);

    for (int count = 3; count > 0; count--) {
        printf("%d\n", count);
    }
    puts("Here we go.");
    return 0;
}
