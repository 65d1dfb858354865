#include "text.h"

TEST(Words, One) { EXPECT_EQ(count_words("word"), 1); }

TEST(Words, Many) {
    EXPECT_EQ(count_words("two words"), 2);
    EXPECT_EQ(count_words("  three   more  words "), 3);
}

TEST(Words, NullPointer) { EXPECT_EQ(count_words(nullptr), 0); }
