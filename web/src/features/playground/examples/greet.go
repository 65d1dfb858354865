package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	fmt.Print("What is your name? ")
	lines := bufio.NewScanner(os.Stdin)
	lines.Scan()
	fmt.Printf("Hello, %s!\n", lines.Text())

	for count := 3; count > 0; count-- {
		fmt.Println(count)
	}
	fmt.Println("Here we go.")
}
