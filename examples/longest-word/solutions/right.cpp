#include <optional>
#include <string>
#include <vector>

std::optional<std::string> longest_word(const std::vector<std::string>& words, int at_least) {
    std::optional<std::string> best;
    for (const auto& word : words) {
        if (static_cast<int>(word.size()) >= at_least && (!best || word.size() > best->size())) best = word;
    }
    return best;
}
