#include <stdio.h>

static int digit_sum(int n) { return n < 10 ? n : n % 10 + digit_sum(n / 10); }

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) return 1;
    printf("%d\n", digit_sum(n));
    return 0;
}
