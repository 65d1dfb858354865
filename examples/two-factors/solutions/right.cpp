#include <cmath>
#include <iostream>

int main() {
    long long n;
    std::cin >> n;
    for (long long a = std::sqrt(n) + 1; a > 1; a--) {
        if (n % a == 0 && n / a > 1) {
            std::cout << n / a << " " << a << "\n";
            return 0;
        }
    }
    std::cout << "none\n";
}
