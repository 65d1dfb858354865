#include <stdio.h>

int main(void) {
    int *volatile numbers = NULL;
    printf("%d\n", numbers[0] + numbers[1]);
    return 0;
}
