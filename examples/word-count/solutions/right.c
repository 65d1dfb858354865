#include <ctype.h>
#include <stdio.h>

int main(void) {
    int count = 0, inside = 0, c;
    while ((c = getchar()) != EOF) {
        if (isspace(c)) inside = 0;
        else if (!inside) inside = 1, count++;
    }
    printf("%d\n", count);
    return 0;
}
