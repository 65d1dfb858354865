numbers <- scan(file("stdin"), what = integer(), quiet = TRUE)
cat(numbers[1] + numbers[2], "\n", sep = "")
