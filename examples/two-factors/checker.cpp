// checker INPUT OUTPUT ANSWER strict: in the testlib convention, without its library.
#include <cstdio>
#include <fstream>
#include <string>

static int points(double share, const char *why) {
    std::fprintf(stderr, "points %g %s\n", share, why);
    return 7;
}

static int wrong(const char *why) {
    std::fprintf(stderr, "wrong answer %s\n", why);
    return 1;
}

int main(int argc, char **argv) {
    if (argc < 5 || std::string(argv[4]) != "strict") return 3;
    std::ifstream input(argv[1]), output(argv[2]), answer(argv[3]);
    long long n = 0, a = 0, b = 0, best_a = 0, best_b = 0;
    if (!(input >> n)) return 3;
    std::string word, best, rest;
    if (!(output >> word)) return wrong("nothing was printed");
    answer >> best;
    if (word == "none") return best == "none" ? 0 : wrong("there are two factors");
    if (best == "none") return wrong("there are no two factors");
    try {
        a = std::stoll(word);
    } catch (...) {
        return wrong("the first word is no number");
    }
    if (!(output >> b)) return wrong("there is no second number");
    if (output >> rest) return wrong("there is more than two numbers");
    if (a < 2 || b < 2 || n % a != 0 || n / a != b) return wrong("the product is another one");
    best_a = std::stoll(best);
    answer >> best_b;
    if (a + b == best_a + best_b) return 0;
    return points(0.5, "right, and there are two factors that are nearer to each other");
}
