#include <iostream>
#include <string>

int main() {
    std::string name;
    std::cout << "What is your name? " << std::flush;
    std::getline(std::cin, name);
    std::cout << "Hello, " << name << "!\n";

    for (int count = 3; count > 0; count--) {
        std::cout << count << '\n';
    }
    std::cout << "Here we go.\n";
}
