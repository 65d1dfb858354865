#ifndef TEXT_H
#define TEXT_H

#ifdef __cplusplus
extern "C" {
#endif

int count_words(const char *text);
int is_palindrome(const char *text);

#ifdef __cplusplus
}
#endif

#endif
