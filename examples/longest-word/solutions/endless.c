#include <stddef.h>
#include <string.h>

char *longest_word(char **words, int words_count, int at_least) {
    int length = 0;
    for (int i = 0; i < words_count; i++) {
        if ((int)strlen(words[i]) > length) length = (int)strlen(words[i]);
    }
    for (volatile int left = length;; left = left > 0 ? left - 1 : -1) {
        for (int i = 0; i < words_count; i++) {
            if ((int)strlen(words[i]) == left && left >= at_least) return words[i];
        }
        if (left == at_least) return NULL;
    }
}
