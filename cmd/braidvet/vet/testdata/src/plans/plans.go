package plans

import (
	cryptorand "crypto/rand"
	"embed"
	"errors"
	"flag"
	"io"
	"maps"
	"math/rand"
	"os"
	"regexp"
	"slices"
	"sync"
	"time"
	"unicode"

	"github.com/braid-compute/braid"
	"other"
)

type bag struct{}

func (bag) Logical() {}

func apply(f func(int) int) bag { return bag{} }

var (
	constant = 3
	table    = map[string]int{"a": 1}
	words    = regexp.MustCompile("[a-z]+")
	errNone  = errors.New("none")
	files    embed.FS
	mu       sync.Mutex

	limit   = 3
	filled  = map[string]int{}
	list    []int
	shared  int
	counter struct{ n int }
	Public  = 3
	depth   = flag.Int("depth", 3, "depth")
	home    = os.Getenv("HOME")
	begun   = time.Now()
	first   = braid.Plan("first", func(int) bag { return bag{} })
)

func change() {
	limit = 4
	filled["a"] = 2
	list = append(list, 1)
	take(&shared)
	counter.n++
	mu.Lock()
}

func take(*int) {}

var fine = braid.Plan("fine", func(n int) bag {
	local := map[string]int{}
	for _, k := range slices.Sorted(maps.Keys(local)) {
		_ = k
	}
	r := rand.New(rand.NewSource(int64(n)))
	_ = errors.Is(errNone, io.EOF)
	_ = other.ErrOther
	_ = unicode.IsLetter('a') && unicode.Is(unicode.Latin, 'a')
	_, _ = files, first.Call(3)
	deadline := time.Duration(n) * time.Second
	_ = deadline
	return apply(func(i int) int { return i + constant + table["a"] + r.Intn(3) + len(words.FindString("a")) })
})

var variables = braid.Plan("variables", func(n int) bag {
	_ = limit                                          // want `plan "variables" uses package variable limit, which plans.go:\d+ changes: every process has its own; pass it in the argument`
	_ = filled["a"]                                    // want `package variable filled, which plans.go:\d+ changes`
	_ = len(list)                                      // want `package variable list, which plans.go:\d+ changes`
	_ = shared                                         // want `package variable shared, which plans.go:\d+ changes`
	_ = counter.n                                      // want `package variable counter, which plans.go:\d+ changes`
	mu.Lock()                                          // want `package variable mu, which plans.go:\d+ changes`
	_ = Public                                         // want `package variable Public, which any package may change`
	_ = other.Limit                                    // want `package variable other.Limit, which its package, or any other, may change`
	_ = os.Args                                        // want `package variable os.Args, which its package`
	_ = *depth                                         // want `package variable depth, which is made by flag.Int`
	_ = home                                           // want `package variable home, which is made by os.Getenv`
	_ = begun.Unix()                                   // want `package variable begun, which is made by time.Now`
	_ = limit                                          //braidvet:ignore it does not decide anything
	return apply(func(i int) int { return i + limit }) // want `package variable limit`
})

var outside = braid.Plan("outside", func(n int) bag {
	_ = time.Now()              // want `plan "outside" uses time.Now, which reads the clock: let the client find that out and pass it in the argument`
	_ = time.Since(time.Time{}) // want `uses time.Since`
	_ = os.Getpid()             // want `uses os.Getpid, which differs between processes`
	_ = rand.Intn(3)            // want `uses rand.Intn, a random number without a seed`
	rand.Shuffle(3, nil)        // want `uses rand.Shuffle`
	_, _ = cryptorand.Read(nil) // want `uses rand.Read, a random number without a seed`
	now := time.Now             // want `uses time.Now`
	_ = now
	return apply(func(i int) int { return i + rand.Int() }) // want `uses rand.Int`
})

type index map[string]int

var order = braid.Plan("order", func(n int) bag {
	for range map[int]int{} { // want `plan "order" ranges over a map, whose order differs from run to run: range over slices.Sorted`
	}
	for k := range (index{}) { // want `ranges over a map`
		_ = k
	}
	for k := range maps.Keys(index{}) { // want `uses maps.Keys, whose order differs from run to run`
		_ = k
	}
	_ = slices.Collect(maps.Values(index{})) // want `uses maps.Values`
	_ = slices.Sorted(maps.Values(index{}))
	keys(index{})
	for range []int{} {
	}
	return bag{}
})

func keys[M ~map[K]V, K comparable, V any](m M) (all []K) {
	for k := range m { // want `plan "order", by keys, ranges over a map`
		all = append(all, k)
	}
	return all
}

const name = "named"

var named = braid.Plan(name, build)

func build(n int) bag { return apply(helper) }

func helper(i int) int {
	if i > 0 {
		return helper(i - 1)
	}
	return deeper{}.method() + limit // want `plan "named", by helper, uses package variable limit`
}

type deeper struct{}

func (deeper) method() int { return time.Now().Day() } // want `plan "named", by method, uses time.Now`

func unused() time.Time { return time.Now() }
