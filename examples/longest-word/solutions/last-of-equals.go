package main

import "fmt"

func longestWord(words []string, atLeast int) *string {
	var best *string
	for i, word := range words {
		fmt.Println("looking at", word)
		if len(word) >= atLeast && (best == nil || len(word) >= len(*best)) {
			best = &words[i]
		}
	}
	return best
}

func main() {
	fmt.Println(*longestWord([]string{"a", "bc"}, 1))
}
