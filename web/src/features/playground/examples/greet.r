cat("What is your name? ")
name <- readLines("stdin", n = 1)
cat("Hello, ", name, "!\n", sep = "")

for (count in 3:1) {
  print(count)
}
cat("Here we go.\n")
