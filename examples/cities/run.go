package cities

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

// numpy is what testdata/reference.py wrote.
//
//go:embed testdata/reference.json
var numpy []byte

// strip is the pairs whose first city has a number in [First, Last).
type strip struct{ First, Last int }

var farthest = braid.Func2("cities/farthest", func(_ context.Context, s strip, all []City) (Pair, error) {
	return search(all, s), nil
})

var farther = braid.Func("cities/farther", func(_ context.Context, pairs []Pair) (Pair, error) {
	return farthestOf(pairs), nil
})

// Run computes the distances of all pairs and finds the greatest, by strips of fifty rows.
func Run(ctx context.Context, c *braid.Client, _ examples.Params) (examples.Report, error) {
	r := examples.Report{Name: "cities", Title: "The greatest of the distances between 2,000 cities."}
	all, err := Load()
	if err != nil {
		return r, err
	}
	var reference struct {
		Greatest float64 `json:"greatest_km"`
	}
	if err := json.Unmarshal(numpy, &reference); err != nil {
		return r, fmt.Errorf("cities: the reference cannot be read: %w", err)
	}

	start := time.Now()
	search(all, strip{0, len(all)})
	r.Serial = time.Since(start)

	start = time.Now()
	var strips []strip
	for first := 0; first < len(all); first += 50 {
		strips = append(strips, strip{first, min(first+50, len(all))})
	}
	parts := farthest.Map(ctx, c, strips, braid.V(all)) // every strip with the same cities
	defer parts.Release()
	greatest, err := braid.Submit(ctx, c, farther.Call(parts)).Get(ctx)
	if err != nil {
		return r, err
	}
	r.Parallel, r.Tasks = time.Since(start), len(strips)+1

	// The pair is nearly antipodal, where the haversine magnifies one unit in the last place to 3e-9 km.
	r.Checks = []examples.Check{{Name: "greatest distance", Result: greatest.Kilometres, Reference: reference.Greatest, Tolerance: 1e-7, Unit: "km"}}

	start = time.Now()
	NewGlobe(all).Farthest(0, len(all)-1)
	clever := time.Since(start)
	pairs := len(all) * (len(all) - 1) / 2
	r.Notes = []string{
		fmt.Sprintf("%s and %s; the reference is NumPy's", all[greatest.First].Name, all[greatest.Second].Name),
		fmt.Sprintf("%d pairs, %.3g million a second in parallel", pairs, float64(pairs)/r.Parallel.Seconds()/1e6),
		fmt.Sprintf("a search by unit vectors, without trigonometric functions, takes %.3g ms on one core", clever.Seconds()*1e3),
	}
	return r, nil
}

// search returns the farthest of the pairs of a strip by the haversine of each.
func search(all []City, s strip) Pair {
	var best Pair
	for i := s.First; i < s.Last; i++ {
		for j := i + 1; j < len(all); j++ {
			best = Farther(best, Pair{i, j, Distance(all[i], all[j])})
		}
	}
	return best
}

func farthestOf(pairs []Pair) Pair {
	var best Pair
	for _, p := range pairs {
		best = Farther(best, p)
	}
	return best
}
