package block

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// plays are the bodies of child processes that tests and benchmarks start, by the variable that asks for them.
var plays = map[string]func(string) int{}

func TestMain(m *testing.M) {
	for variable, play := range plays {
		if how := os.Getenv(variable); how != "" {
			os.Exit(play(how))
		}
	}
	goleak.VerifyTestMain(m)
}
