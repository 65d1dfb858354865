#include <algorithm>
#include <optional>
#include <string>
#include <vector>

std::optional<std::string> longest_word(const std::vector<std::string>& words, int at_least) {
    int length = 0;
    for (const auto& word : words) length = std::max(length, static_cast<int>(word.size()));
    for (volatile int left = length; true; left = std::max(left - 1, -1)) {
        for (const auto& word : words) {
            if (static_cast<int>(word.size()) == left && left >= at_least) return word;
        }
        if (left == at_least) return std::nullopt;
    }
}
