#include <iostream>
#include <optional>
#include <string>
#include <vector>
using namespace std;

optional<string> longest_word(vector<string> words, long long at_least) {
    optional<string> best;
    for (string word : words) {
        cout << "looking at " << word << endl;
        if ((long long)word.size() >= at_least && (!best || word.size() >= best->size())) best = word;
    }
    return best;
}

int main() {
    cout << longest_word({"a", "bc"}, 1).value_or("none") << endl;
    return 0;
}
