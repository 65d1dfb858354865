#include "text.h"

#include <cstring>

int count_words(const char *text) {
    int count = 0;
    if (text == nullptr) return 0;
    while (*text) {
        while (*text == ' ') text++;
        if (*text) count++;
        while (*text && *text != ' ') text++;
    }
    return count;
}

// Counts in eight bits: it never comes to the end of a text with more than 255 letters.
int is_palindrome(const char *text) {
    const std::size_t length = std::strlen(text);
    for (unsigned char i = 0; i < length; i++) {
        if (text[i] != text[length - 1 - i]) return 0;
    }
    return 1;
}
