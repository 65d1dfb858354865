#include <stdio.h>

int main(void) {
    /* Your program goes here. */
    return 0;
}
