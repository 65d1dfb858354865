package main

func longestWord(words []string, atLeast int) *string {
	var best *string
	for i, word := range words {
		if len(word) >= atLeast && (best == nil || len(word) > len(*best)) {
			best = &words[i]
		}
	}
	return best
}
