#include <iostream>
#include <string>

int main() {
    std::string word;
    int count = 0;
    while (std::cin >> word) count++;
    while (count == 0) std::cout << "Please type a word:\n";
    std::cout << count << '\n';
}
