words <- scan(file("stdin"), what = "", quote = "", quiet = TRUE)
cat(length(words), "\n", sep = "")
