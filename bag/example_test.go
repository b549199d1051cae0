package bag_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"testing/fstest"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/bag"
)

var poem = fstest.MapFS{"poem.txt": {Data: []byte("a rose is a rose\nis a rose is a rose\n")}}

func Example() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	lines := bag.ReadOptions{FS: poem}.Lines("poem.txt") // bag.Lines("poem.txt") for a file
	words := bag.FlatMap(lines, strings.Fields)
	long := bag.Filter(words, func(w string) bool { return len(w) > 1 })
	counts, err := bag.Frequencies(long).Collect(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	for _, k := range counts {
		fmt.Println(k.N, k.Value)
	}
	// Output:
	// 4 rose
	// 3 is
}

func ExampleBag_Take() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	numbers := bag.From([]int{1, 2, 3, 4, 5, 6}, 3)
	squares, err := bag.Map(numbers, func(n int) int { return n * n }).Take(ctx, c, 3)
	fmt.Println(squares, err)
	// Output: [1 4 9] <nil>
}

func ExampleBag_All() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	for n, err := range bag.From([]int{1, 2, 3, 4, 5, 6}, 3).All(ctx, c) {
		if err != nil {
			log.Fatal(err)
		}
		if n > 4 {
			break // cancels what is not computed
		}
		fmt.Print(n, " ")
	}
	// Output: 1 2 3 4
}

// A bag for clients with worker processes is built inside a Plan, a package variable. The closure may use the argument.
var multiplesOf = braid.Plan("multiples", func(n int) *bag.Bag[int] {
	return bag.Filter(bag.From([]int{1, 2, 3, 4, 5, 6}, 2), func(i int) bool { return i%n == 0 })
})

func ExampleBag_plan() {
	ctx := context.Background()
	c, err := braid.Open(ctx) // the same with braid.Options{Processes: 2}, in a program under braid.Main
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	fmt.Println(multiplesOf.Call(3).Collect(ctx, c))
	// Output: [3 6] <nil>
}
