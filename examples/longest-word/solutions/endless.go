package main

func longestWord(words []string, atLeast int) *string {
	length := 0
	for _, word := range words {
		length = max(length, len(word))
	}
	for {
		for i, word := range words {
			if len(word) == length && length >= atLeast {
				return &words[i]
			}
		}
		if length == atLeast {
			return nil
		}
		length = max(length-1, -1)
	}
}
