#include <stdio.h>
#include <string.h>

const char *longest_word(const char *const *words, int words_count, int at_least) {
    const char *best = NULL;
    for (int i = 0; i < words_count; i++) {
        int length = (int)strlen(words[i]);
        printf("looking at %s\n", words[i]);
        if (length >= at_least && (best == NULL || length >= (int)strlen(best))) best = words[i];
    }
    return best;
}

int main(void) {
    const char *words[] = {"a", "bc"};
    puts(longest_word(words, 2, 1));
}
