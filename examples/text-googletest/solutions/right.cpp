#include "text.h"

#include <algorithm>
#include <iostream>
#include <sstream>
#include <string>

int count_words(const char *text) {
    std::istringstream words(text ? text : "");
    int count = 0;
    for (std::string word; words >> word;) count++;
    return count;
}

int is_palindrome(const char *text) {
    std::string forwards(text);
    return std::equal(forwards.begin(), forwards.end(), forwards.rbegin());
}

int main() {
    std::cout << count_words("my own test") << std::endl;
}
