#include <iostream>

int main() {
    // Your program goes here.
}
