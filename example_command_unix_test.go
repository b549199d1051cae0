//go:build unix

package braid_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/braid-compute/braid"
)

var (
	// double is one program; its argument is one word, whatever is in it.
	double = braid.Command{Args: []string{"expr", "2", "*", "{}"}}.Func("example/double")
	// sorted needs a shell, and two arguments.
	sorted = braid.Command{Line: `printf '%s\n' {1} {2} | sort | tr '\n' ' '`}.FuncN("example/sorted", 2)
	// report writes a file in a folder of its own, which is the result.
	report = braid.Command{Line: `echo "for {}" > report.txt`, Scratch: true, Result: "report.txt"}.Func("example/report")
	// broken fails.
	broken = braid.Command{Line: `echo "no data for {}" >&2; exit 3`}.Func("example/broken")
)

func ExampleCommand() {
	ctx, c := context.Background(), client()
	defer c.Close()

	doubled, err := double.With(braid.Retries(1), braid.TimeLimit(time.Minute)).Map(ctx, c, []string{"4", "5"}).Gather(ctx)
	fmt.Printf("%q %v\n", doubled, err)

	words, err := braid.Submit(ctx, c, sorted.Call(braid.V([]string{"b c", "a'b"}))).Get(ctx)
	fmt.Printf("%q %v\n", words, err)

	text, err := braid.Submit(ctx, c, report.Call(braid.V("today"))).Get(ctx)
	fmt.Printf("%q %v\n", text, err)

	_, err = braid.Submit(ctx, c, broken.Call(braid.V("May"))).Get(ctx)
	_, why, _ := strings.Cut(err.Error(), "the program ")
	fmt.Println(strings.ReplaceAll(why, "\n", " / "))
	// Output:
	// ["8\n" "10\n"] <nil>
	// "a'b b c " <nil>
	// "for today\n" <nil>
	// ended with exit code 3: sh -c 'echo "no data for ${1}" >&2; exit 3' sh May / it wrote on standard error: /   no data for May
}
