#include <string>

#include "text.h"

class Palindromes : public testing::TestWithParam<const char *> {};

TEST_P(Palindromes, AreFound) { EXPECT_EQ(is_palindrome(GetParam()), 1) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(Short, Palindromes, testing::Values("", "a", "otto", "level"));

TEST(Palindrome, IsNotFoundWhereNoneIs) { EXPECT_EQ(is_palindrome("carrel"), 0); }

TEST(Palindrome, MayBeLong) {
    std::string text(50000, 'x');
    EXPECT_EQ(is_palindrome(text.c_str()), 1);
}
