package braid_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/bag"
)

var doubled = braid.Plan("test/doubled", func(n int) *bag.Bag[int] {
	return bag.Map(bag.From([]int{1, 2, 3}, 3), func(i int) int { return 2 * i * n })
})

func numbers(int) *bag.Bag[int] { return bag.From([]int{1}, 1) }

func TestPlansAreRegisteredOnceUnderAName(t *testing.T) {
	for name, k := range map[string]struct {
		register func()
		words    []string
	}{
		"twice":   {func() { braid.Plan("test/doubled", numbers) }, []string{`"plan/test/doubled" is registered twice`, "plan_test.go:13", "plan_test.go:2"}},
		"no name": {func() { braid.Plan("", numbers) }, []string{"has no name", "plan_test.go:2"}},
		"nil":     {func() { braid.Plan[int, *bag.Bag[int]]("test/nil", nil) }, []string{`plan "test/nil"`, "is nil", "plan_test.go:2"}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				said := fmt.Sprint(recover())
				for _, want := range k.words {
					if !strings.Contains(said, want) {
						t.Errorf("the panic %q does not say %q", said, want)
					}
				}
			}()
			k.register()
		})
	}
	if doubled.Name() != "test/doubled" {
		t.Errorf("the name is %q", doubled.Name())
	}
}

var tries int

// flaky fails at the first try, in one process.
var flaky = braid.Plan("test/flaky", func(int) *bag.Bag[int] { //braidvet:ignore one process
	return bag.Map(bag.From([]int{1}, 1), func(i int) int {
		if tries++; tries == 1 { // one task, so no other goroutine counts
			panic("the first try")
		}
		return i
	})
})

func TestAPlanRunsInOneProcessWithItsOptions(t *testing.T) {
	c := opened(t)
	got, err := doubled.Call(3).Collect(t.Context(), c)
	if fmt.Sprint(got, err) != "[6 12 18] <nil>" {
		t.Errorf("got %v, %v", got, err)
	}
	got, err = doubled.With(braid.Isolated()).Call(4).Collect(t.Context(), c)
	if fmt.Sprint(got, err) != "[8 16 24] <nil>" {
		t.Errorf("in processes of their own: got %v, %v", got, err)
	}
	for want, o := range map[string]braid.Option{"Retries(-1)": braid.Retries(-1), `Key("k")`: braid.Key("k")} {
		_, err := doubled.With(o).Call(3).Collect(t.Context(), c)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "plan/test/doubled (plan_test.go:") {
			t.Errorf("got %v, want an error that says %s", err, want)
		}
	}
	tries = 0
	if _, err := flaky.With(braid.Retries(1)).Call(0).Collect(t.Context(), c); err != nil || tries != 2 {
		t.Errorf("%d tries, %v", tries, err)
	}
}

func TestABodyThatReturnsNothing(t *testing.T) {
	c := opened(t)
	typed := braid.Plan("test/typed-nil", func(int) *bag.Bag[int] { return nil }) //braidvet:ignore one process
	if _, err := typed.Call(1).Collect(t.Context(), c); err == nil || !strings.Contains(err.Error(), "the collection is nil") {
		t.Errorf("got %v", err)
	}
	untyped := braid.Plan("test/nil-interface", func(int) braid.Collection { return nil }) //braidvet:ignore one process
	defer func() {
		if said := fmt.Sprint(recover()); !strings.Contains(said, `plan "test/nil-interface" (plan_test.go:`) {
			t.Errorf("the panic is %q", said)
		}
	}()
	untyped.Call(1)
}

func TestACollectionForNoClientOrAClosedOne(t *testing.T) {
	if _, err := doubled.Call(1).Collect(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "the client is nil") {
		t.Errorf("got %v", err)
	}
	c, err := braid.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := doubled.Call(1).Collect(t.Context(), c); !errors.Is(err, braid.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func opened(t *testing.T) *braid.Client {
	t.Helper()
	c, err := braid.Open(t.Context(), braid.Options{Slots: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}
