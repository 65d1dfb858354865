package main

func longestWord(words []string, atLeast int) *string {
	// Your code here.
	panic("not written yet")
}
