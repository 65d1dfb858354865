#include "text.h"

#include <string.h>

int count_words(const char *text) {
    int count = 1;
    if (!text) return 0;
    for (; *text; text++) count += *text == ' ';
    return count;
}

int is_palindrome(const char *text) {
    size_t size = strlen(text);
    for (size_t i = 0; i < size / 2; i++)
        if (text[i] != text[size - 1 - i]) return 0;
    return 1;
}
