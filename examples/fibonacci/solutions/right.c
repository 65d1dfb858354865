#include <stdio.h>

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) return 1;
    long long number = 0, following = 1;
    while (n-- > 0) {
        long long sum = number + following;
        number = following;
        following = sum;
    }
    printf("%lld\n", number);
    return 0;
}
