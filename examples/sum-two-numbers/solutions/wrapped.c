#include <stdio.h>

int main(void) {
    unsigned first, second;
    if (scanf("%u %u", &first, &second) != 2) return 1;
    printf("%d\n", (int)(first + second));
    return 0;
}
