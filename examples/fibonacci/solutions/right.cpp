#include <iostream>
#include <utility>

int main() {
    int n;
    std::cin >> n;
    long long number = 0, following = 1;
    while (n-- > 0) number = std::exchange(following, number + following);
    std::cout << number << '\n';
}
