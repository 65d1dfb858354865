#include <vector>

int main() {
    std::vector<long long> numbers;
    return static_cast<int>(numbers.at(2));
}
