#include <stddef.h>
#include <stdlib.h>
#include <string.h>

char *longest_word(char **words, int words_count, int at_least) {
    if (words_count == 0) abort();
    char *best = words[0];
    for (int i = 1; i < words_count; i++) {
        if (strlen(words[i]) > strlen(best)) best = words[i];
    }
    return (int)strlen(best) >= at_least ? best : NULL;
}
