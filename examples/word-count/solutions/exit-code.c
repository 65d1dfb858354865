#include <stdio.h>

int main(void) {
    char word[1000];
    int count = 0;
    while (scanf("%999s", word) == 1) count++;
    printf("%d\n", count);
    return count == 0 ? 3 : 0;
}
