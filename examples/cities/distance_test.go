package cities

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

func load(t testing.TB) []City {
	t.Helper()
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// reference is what testdata/reference.py wrote.
type reference struct {
	Numpy     string  `json:"numpy"`
	Cities    int     `json:"cities"`
	Greatest  float64 `json:"greatest_km"`
	Pair      [2]int  `json:"greatest_pair"`
	Mean      float64 `json:"mean_km"`
	FromFirst int     `json:"farthest_from_first"`
	FirstRow  float64 `json:"farthest_from_first_km"`
}

func readReference(t *testing.T) reference {
	t.Helper()
	text, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref reference
	if err := json.Unmarshal(text, &ref); err != nil {
		t.Fatalf("testdata/reference.json: %v", err)
	}
	return ref
}

// relative returns |a−b| relative to b.
func relative(a, b float64) float64 { return math.Abs(a-b) / math.Abs(b) }

func TestFarthestPairIsThatOfNumPy(t *testing.T) {
	all, ref := load(t), readReference(t)
	if ref.Cities != len(all) {
		t.Fatalf("the reference is for %d cities, there are %d: run testdata/reference.py", ref.Cities, len(all))
	}
	g := NewGlobe(all)
	have := g.Farthest(0, len(all)-1)
	t.Logf("%s and %s: %.12g km; NumPy %s: %.12g km", all[have.First].Name, all[have.Second].Name, have.Kilometres,
		ref.Numpy, ref.Greatest)
	if have.First != ref.Pair[0] || have.Second != ref.Pair[1] {
		t.Errorf("pair %d, %d; NumPy has %v", have.First, have.Second, ref.Pair)
	}
	if d := relative(have.Kilometres, ref.Greatest); d > 1e-12 {
		t.Errorf("greatest distance %v km, NumPy has %v km, relative difference %.3g", have.Kilometres, ref.Greatest, d)
	}
	row := g.FarthestFrom(0)
	if row.Second != ref.FromFirst || relative(row.Kilometres, ref.FirstRow) > 1e-12 {
		t.Errorf("farthest from the first city: %+v, NumPy has %d at %v km", row, ref.FromFirst, ref.FirstRow)
	}
}

func TestMeanOfAllDistancesIsThatOfNumPy(t *testing.T) {
	all, ref := load(t), readReference(t)
	sum, greatest := 0.0, Pair{}
	for i, a := range all {
		for j := i + 1; j < len(all); j++ {
			d := Distance(a, all[j])
			sum += d
			greatest = Farther(greatest, Pair{i, j, d})
		}
	}
	mean := sum / float64(len(all)*(len(all)-1)/2)
	if d := relative(mean, ref.Mean); d > 1e-9 {
		t.Errorf("mean %v km, NumPy has %v km, relative difference %.3g", mean, ref.Mean, d)
	}
	if have := NewGlobe(all).Farthest(0, len(all)-1); have != greatest {
		t.Errorf("the search by unit vectors finds %+v, the search by haversines %+v", have, greatest)
	}
}

func TestSearchFindsTheSameCityAsHaversinesInEveryRow(t *testing.T) {
	all := load(t)
	g := NewGlobe(all)
	for i := range len(all) - 1 {
		best := Pair{}
		for j := i + 1; j < len(all); j++ {
			best = Farther(best, Pair{i, j, Distance(all[i], all[j])})
		}
		if have := g.FarthestFrom(i); have != best {
			t.Errorf("row %d: the search by unit vectors finds %+v, by haversines %+v", i, have, best)
		}
	}
}

// arc returns the distance by the arctangent form (T. Vincenty, Survey Review 23, 1975, on a sphere), which is well
// conditioned everywhere.
func arc(a, b City) float64 {
	sinA, cosA := math.Sincos(radians(a.Latitude))
	sinB, cosB := math.Sincos(radians(b.Latitude))
	sinD, cosD := math.Sincos(radians(b.Longitude) - radians(a.Longitude))
	return Radius * math.Atan2(math.Hypot(cosB*sinD, cosA*sinB-sinA*cosB*cosD), sinA*sinB+cosA*cosB*cosD)
}

func TestDistanceErrorIsThatOfTheHaversine(t *testing.T) {
	const seed = 7
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	place := func() City { return City{Latitude: random.Float64()*180 - 90, Longitude: random.Float64()*360 - 180} }
	check := func(a, b City) {
		have, want := Distance(a, b), arc(a, b)
		// √(1−h) is the cosine of half the angle. Half a dozen roundings of h, and where 1−h is itself only
		// rounding, the square root of that.
		limit := Radius * min(8*0x1p-53/math.Cos(want/(2*Radius)), 4*math.Sqrt(0x1p-53))
		if !(math.Abs(have-want) <= limit+1e-11) {
			t.Errorf("%+v to %+v: %v km, arctangent form %v km, difference %.3g, want at most %.3g", a, b, have, want,
				have-want, limit)
		}
		if Distance(b, a) != have {
			t.Errorf("%+v to %+v: %v km, but %v km back", a, b, have, Distance(b, a))
		}
	}
	for range 100_000 {
		a := place()
		check(a, place())
		size := math.Pow(10, -9*random.Float64()) // degrees from the antipode, 0.1 mm to 100 km
		check(a, City{Latitude: max(-90, min(90, -a.Latitude+size)), Longitude: a.Longitude + math.Copysign(180, -a.Longitude)})
	}
}

func TestDistancesKnownExactly(t *testing.T) {
	for _, c := range []struct {
		a, b City
		want float64
	}{
		{City{Latitude: 12, Longitude: 34}, City{Latitude: 12, Longitude: 34}, 0},
		{City{Latitude: 90}, City{Latitude: -90}, math.Pi * Radius},
		{City{Latitude: 90, Longitude: 77}, City{Longitude: -3}, math.Pi / 2 * Radius},
		{City{Longitude: -180}, City{Longitude: 180}, 0},
		{City{Longitude: 179}, City{Longitude: -179}, math.Pi / 90 * Radius},
		{City{}, City{Longitude: 180}, math.Pi * Radius},
	} {
		if have := Distance(c.a, c.b); math.Abs(have-c.want) > 1e-11 {
			t.Errorf("%+v to %+v: %v km, want %v km", c.a, c.b, have, c.want)
		}
	}
}

func TestFarthestIsTheSameHoweverTheRowsAreCut(t *testing.T) {
	all := load(t)[:300]
	g := NewGlobe(all)
	want := g.Farthest(0, len(all)-1)
	for _, step := range []int{1, 7, 100, 298} {
		best := Pair{}
		for first := 0; first < len(all)-1; first += step {
			best = Farther(best, g.Farthest(first, min(first+step, len(all)-1)))
		}
		if best != want {
			t.Errorf("in steps of %d rows: %+v, in one: %+v", step, best, want)
		}
	}
}

func TestFartherPrefersTheLowerIndicesOfEqualDistances(t *testing.T) {
	ordered := []Pair{{9, 10, 2}, {1, 5, 1}, {1, 6, 1}, {2, 3, 1}, {0, 1, 0}}
	for i, p := range ordered {
		for _, q := range ordered[i:] {
			if Farther(p, q) != p || Farther(q, p) != p {
				t.Errorf("of %+v and %+v: %+v and, turned round, %+v; want the first", p, q, Farther(p, q), Farther(q, p))
			}
		}
	}
}

func TestRowsOutsideTheGlobePanic(t *testing.T) {
	g := NewGlobe([]City{{Name: "a"}, {Name: "b"}, {Name: "c"}})
	for _, c := range [][2]int{{-1, 1}, {0, 3}, {1, 1}, {2, 1}} {
		panics(t, fmt.Sprintf("Farthest(%d, %d)", c[0], c[1]), func() { g.Farthest(c[0], c[1]) })
	}
	panics(t, "FarthestFrom(-1)", func() { g.FarthestFrom(-1) })
	panics(t, "FarthestFrom(2)", func() { g.FarthestFrom(2) })
}

func panics(t *testing.T, name string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s returned, want a panic", name)
		}
	}()
	f()
}

func ExampleGlobe_Farthest() {
	all, err := Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	pair := NewGlobe(all).Farthest(0, len(all)-1)
	fmt.Printf("%s and %s: %.1f km\n", all[pair.First].Name, all[pair.Second].Name, pair.Kilometres)
	// Output: Palembang and Neiva: 20011.9 km
}

func ExampleDistance() {
	rome := City{"Rome", "IT", 41.89193, 12.51133}
	paris := City{"Paris", "FR", 48.85341, 2.3488}
	fmt.Printf("%.0f km\n", Distance(rome, paris))
	// Output: 1107 km
}

// BenchmarkFarthest searches all pairs and reports nanoseconds per pair.
func BenchmarkFarthest(b *testing.B) {
	all := load(b)
	g := NewGlobe(all)
	for b.Loop() {
		g.Farthest(0, len(all)-1)
	}
	perPair(b, len(all))
}

// BenchmarkDistance computes all distances one by one.
func BenchmarkDistance(b *testing.B) {
	all := load(b)
	sum := 0.0
	for b.Loop() {
		for i := range all {
			for j := i + 1; j < len(all); j++ {
				sum += Distance(all[i], all[j])
			}
		}
	}
	perPair(b, len(all))
}

func perPair(b *testing.B, cities int) {
	pairs := float64(cities) * float64(cities-1) / 2
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/pairs, "ns/pair")
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}
