#include <stdio.h>

int main(void) {
    char word[1000];
    int count = 0;
    while (scanf("%999s", word) == 1) count++;
    while (count == 0) puts("Please type a word:");
    printf("%d\n", count);
    return 0;
}
