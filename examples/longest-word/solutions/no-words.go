package main

func longestWord(words []string, atLeast int) *string {
	best := words[0]
	for _, word := range words {
		if len(word) > len(best) {
			best = word
		}
	}
	if len(best) < atLeast {
		return nil
	}
	return &best
}
