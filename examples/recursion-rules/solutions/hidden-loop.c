#include <stdio.h>
#define AGAIN(condition) while (condition)

static int digit_sum(int n) {
    int total = 0;
    AGAIN(n > 0) {
        total += n % 10;
        n /= 10;
    }
    return total;
}

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) return 1;
    printf("%d\n", digit_sum(n));
    return 0;
}
