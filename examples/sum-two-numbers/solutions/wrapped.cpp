#include <iostream>

int main() {
    unsigned first, second;
    std::cin >> first >> second;
    std::cout << static_cast<int>(first + second) << '\n';
}
