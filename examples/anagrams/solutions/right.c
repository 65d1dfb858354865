#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b) { return *(const char *)a - *(const char *)b; }

static void sorted(const char *word, char *letters) {
    strcpy(letters, word);
    qsort(letters, strlen(letters), 1, by_value);
}

int main(void) {
    char word[64], other[64], wanted[64], letters[64];
    while (scanf("%63s", word) == 1) {
        sorted(word, wanted);
        FILE *file = fopen("words.txt", "r");
        if (!file) return 1;
        while (fscanf(file, "%63s", other) == 1) {
            sorted(other, letters);
            if (strcmp(letters, wanted) == 0 && strcmp(other, word) != 0) puts(other);
        }
        fclose(file);
    }
}
