#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Remembers every step of the calculation, and forgets where. */
int main(void) {
    static const int table[] = {0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55};
    static char *volatile step;
    int n;
    if (scanf("%d", &n) != 1) return 1;
    for (double i = 0; i < pow(2, n); i++) {
        step = malloc(4096);
        memset(step, 'x', 4096);
    }
    printf("%d\n", table[n]);
    return 0;
}
