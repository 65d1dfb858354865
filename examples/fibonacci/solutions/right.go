package main

import "fmt"

func main() {
	var n int
	fmt.Scan(&n)
	number, following := 0, 1
	for i := 0; i < n; i++ {
		number, following = following, number+following
	}
	fmt.Println(number)
}
