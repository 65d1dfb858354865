#include <iostream>

long long fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

int main() {
    int n;
    std::cin >> n;
    std::cout << fibonacci(n) << '\n';
}
