#include <optional>
#include <string>
#include <vector>

std::optional<std::string> longest_word(const std::vector<std::string>& words, int at_least) {
    std::string best = words.at(0);
    for (const auto& word : words) {
        if (word.size() > best.size()) best = word;
    }
    if (static_cast<int>(best.size()) < at_least) return std::nullopt;
    return best;
}
