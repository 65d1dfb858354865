#include <stddef.h>
#include <string.h>

char *longest_word(char **words, int words_count, int at_least) {
    char *best = NULL;
    for (int i = 0; i < words_count; i++) {
        int length = (int)strlen(words[i]);
        if (length >= at_least && (best == NULL || length > (int)strlen(best))) best = words[i];
    }
    return best;
}
