package sim

// random is a generator of pseudo-random numbers (splitmix64: Steele, Lea and Flood 2014). It is our own so that a kept
// seed means the same run for ever.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	return mix(uint64(*r))
}

// mix is a hash of 64 bits.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1; 0 for n < 1.
func (r *random) below(n int) int {
	if n < 1 {
		return 0
	}
	return int(r.next() >> 33 % uint64(n))
}

// between returns a number from low to high.
func (r *random) between(low, high int) int { return low + r.below(high-low+1) }

// one is true once in n times.
func (r *random) one(n int) bool { return r.below(n) == 0 }

// permille is true n times in a thousand.
func (r *random) permille(n int) bool { return r.below(1000) < n }
