package main

func LongestWord(words []string, atLeast int) *string {
	return nil
}
