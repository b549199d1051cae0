package cities

import (
	"fmt"
	"math"
)

// Radius is the Earth's mean radius in kilometres, as the distances here take it. The Earth is flattened: real
// distances differ by up to 0.6 %.
const Radius = 6371.0

// Distance returns the length of the great circle between two cities on a sphere of that radius, in kilometres, by
// the haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68, 1984).
//
// It is accurate to about 1e-11 km up to a quarter of the way round. Towards antipodes the haversine h nears 1 and the
// arcsine magnifies its rounding: one unit in the last place of h is Radius·1.1e-16/√(1−h), 1e-9 km for cities
// 10 km from being antipodes, and at worst some 3e-4 km.
func Distance(a, b City) float64 {
	latA, latB := radians(a.Latitude), radians(b.Latitude)
	sinLat := math.Sin((latB - latA) / 2)
	sinLon := math.Sin((radians(b.Longitude) - radians(a.Longitude)) / 2)
	h := sinLat*sinLat + math.Cos(latA)*math.Cos(latB)*sinLon*sinLon
	return 2 * Radius * math.Asin(math.Sqrt(min(h, 1))) // rounding can take h past 1
}

func radians(degrees float64) float64 { return degrees * (math.Pi / 180) }

// Pair is two cities by their indices, First < Second, and the distance between them.
type Pair struct {
	First, Second int
	Kilometres    float64
}

// Farther returns the pair with the greater distance; of equal ones the one with the lower First, then the lower
// Second. So the farthest of many pairs does not depend on the order in which they are compared.
func Farther(p, q Pair) Pair {
	switch {
	case p.Kilometres != q.Kilometres:
		if p.Kilometres > q.Kilometres {
			return p
		}
	case p.First != q.First:
		if p.First < q.First {
			return p
		}
	case p.Second <= q.Second:
		return p
	}
	return q
}

// Globe holds cities ready for a search through all their pairs. It does not change once made, so any number of
// goroutines may search it.
type Globe struct {
	cities []City
	points []point
}

// point is a place on the unit sphere.
type point struct{ x, y, z float64 }

// NewGlobe returns a globe with the given cities, which it copies.
func NewGlobe(cities []City) *Globe {
	g := &Globe{cities: append([]City(nil), cities...), points: make([]point, len(cities))}
	for i, c := range g.cities {
		sinLat, cosLat := math.Sincos(radians(c.Latitude))
		sinLon, cosLon := math.Sincos(radians(c.Longitude))
		g.points[i] = point{cosLat * cosLon, cosLat * sinLon, sinLat}
	}
	return g
}

// FarthestFrom returns the farthest from city i among the cities after it; of equally far ones the first. Over all i
// below the last city, every pair is looked at once. It panics if no city comes after i.
//
// The search takes no trigonometric function. With unit vectors u and v of two cities |u+v|² = 4(1−h), so the
// farthest city is the one with the smallest |u+v|². That is also better conditioned than h towards antipodes: it
// places each city to about 1e-12 km, whereas h may confuse two whose distances differ by less than Distance's own
// rounding. Only the winner's distance is computed, by Distance.
func (g *Globe) FarthestFrom(i int) Pair {
	if i < 0 || i >= len(g.points)-1 {
		panic(fmt.Sprintf("cities: no city after %d in a globe of %d", i, len(g.points)))
	}
	u, nearest, farthest := g.points[i], math.Inf(1), 0
	for j, v := range g.points[i+1:] {
		x, y, z := u.x+v.x, u.y+v.y, u.z+v.z
		if s := x*x + y*y + z*z; s < nearest {
			nearest, farthest = s, j
		}
	}
	j := i + 1 + farthest
	return Pair{First: i, Second: j, Kilometres: Distance(g.cities[i], g.cities[j])}
}

// Farthest returns the farthest of all pairs whose first city is in [first, last), in the order of Farther. It panics
// if the range is empty or reaches the last city, which is first in no pair.
func (g *Globe) Farthest(first, last int) Pair {
	if first < 0 || first >= last || last >= len(g.points) {
		panic(fmt.Sprintf("cities: rows [%d, %d) of a globe of %d: want 0 ≤ first < last < number of cities",
			first, last, len(g.points)))
	}
	best := g.FarthestFrom(first)
	for i := first + 1; i < last; i++ {
		best = Farther(best, g.FarthestFrom(i))
	}
	return best
}
