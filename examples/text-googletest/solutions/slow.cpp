#include "text.h"

#include <cstring>
#include <string>

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

int is_palindrome(const char *text) {
    std::string backwards;
    for (std::size_t i = 0; i < std::strlen(text); i++) {
        std::string longer(1, text[i]);
        for (char letter : backwards) longer.push_back(letter);
        backwards = longer;
    }
    return backwards == text;
}
