n <- scan(file("stdin"), quiet = TRUE)
number <- 0
following <- 1
for (i in seq_len(n)) {
  sum <- number + following
  number <- following
  following <- sum
}
cat(format(number, scientific = FALSE, digits = 15), "\n", sep = "")
