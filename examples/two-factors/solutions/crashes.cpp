#include <iostream>

int main() {
    long long n, zero = 0;
    std::cin >> n;
    std::cout << n << " " << 1 << std::endl;
    return *reinterpret_cast<int *>(zero);
}
