#include <iostream>

int main() {
    std::cout << 1 << std::endl;
    volatile unsigned long long counter = 0;
    while (true) counter = counter + 1;
}
