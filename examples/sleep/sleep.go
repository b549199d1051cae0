package sleep

import (
	"context"
	"fmt"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

// Workers is how many slots Run wants the client to have, whatever the number of cores.
const Workers = 4

// Run sleeps four times one second, one after the other and all at once, and then calls a slow function on seven items in
// each of the four forms. The results that it checks are the times of what runs at once, which must be shorter than one after the other.
func Run(ctx context.Context, c *braid.Client, p examples.Params) (examples.Report, error) {
	r := examples.Report{Name: "sleep", Title: "Four sleeps of a second at once, and a slow function on seven items in four forms."}
	second, fraction := time.Second, 250*time.Millisecond
	if p.Quick {
		second, fraction = time.Second/10, time.Second/20
	}

	four := naps(4, second)
	start := time.Now()
	if _, err := loop(ctx, c, four); err != nil {
		return r, err
	}
	r.Serial = time.Since(start)

	start = time.Now()
	if _, err := slow.Map(ctx, c, four).Gather(ctx); err != nil {
		return r, err
	}
	r.Parallel = time.Since(start)
	r.Checks = append(r.Checks, took("four at once", r.Parallel, second, r.Serial))

	seven := naps(7, fraction)
	var oneByOne time.Duration // of the loop, which is the first form
	for k, form := range forms {
		start := time.Now()
		items, err := form.run(ctx, c, seven)
		if err != nil {
			return r, fmt.Errorf("seven as %s: %w", form.name, err)
		}
		elapsed := time.Since(start)
		for i, item := range items {
			if item != i {
				return r, fmt.Errorf("seven as %s: results %v are not those of the items in their order", form.name, items)
			}
		}
		if k == 0 {
			oneByOne = elapsed
			continue
		}
		r.Checks = append(r.Checks, took("seven as "+form.name, elapsed, time.Duration(form.rounds)*fraction, oneByOne))
	}
	r.Tasks = len(four) + 2*len(seven) // the loop and par.Map are no tasks of the client
	r.Notes = []string{fmt.Sprintf("%d slots take 7 items in 2 rounds of %v; a loop takes 7", Workers, fraction)}
	return r, nil
}

// took compares a time, to the millisecond, with what it should be. On a machine that others use as well everything is late, so what
// is wrong is no number of milliseconds: it is to take as long as one after the other took just before.
func took(name string, took, want, oneByOne time.Duration) examples.Check {
	return examples.Check{Name: name, Result: took.Round(time.Millisecond).Seconds(), Reference: want.Seconds(), Tolerance: (oneByOne - want).Seconds(), Unit: "s"}
}
