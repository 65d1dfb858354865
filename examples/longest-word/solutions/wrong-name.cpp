#include <optional>
#include <string>
#include <vector>

std::optional<std::string> longestword(const std::vector<std::string>& words, int at_least) {
    return std::nullopt;
}
