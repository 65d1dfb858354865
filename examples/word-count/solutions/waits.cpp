#include <chrono>
#include <iostream>
#include <string>
#include <thread>

int main() {
    std::string word;
    int count = 0;
    while (std::cin >> word) count++;
    while (count == 0) std::this_thread::sleep_for(std::chrono::seconds(1));
    std::cout << count << '\n';
}
