package tile

import "math/bits"

// Multipliers and key increments of Philox with four words of 64 bits.
const (
	philoxM0 = 0xd2e7470ee14c6c93
	philoxM1 = 0xca5a826395121157
	philoxW0 = 0x9e3779b97f4a7c15
	philoxW1 = 0xbb67ae8584caa73b
)

// Philox returns block number counter of the stream of a key: four words of 64 random bits, after ten rounds.
func Philox(key [2]uint64, counter uint64) (a, b, c, d uint64) {
	a = counter
	k0, k1 := key[0], key[1]
	for range 10 {
		hi0, lo0 := bits.Mul64(philoxM0, a)
		hi1, lo1 := bits.Mul64(philoxM1, c)
		a, b, c, d = hi1^b^k0, lo1, hi0^d^k1, lo0
		k0 += philoxW0
		k1 += philoxW1
	}
	return a, b, c, d
}

// unit is the distance of neighbouring values of a uniform float64.
const unit = 1.0 / (1 << 53)

// uniform returns random bits as a float64 from 0 up to and without 1.
func uniform(word uint64) float64 { return float64(word>>11) * unit }

// uniformAt returns the value at one position: word position%4 of block position/4+1, which is the value that NumPy's
// Generator draws after so many others from a Philox with that key.
func uniformAt(key [2]uint64, position uint64) float64 {
	a, b, c, d := Philox(key, position/4+1)
	switch position % 4 {
	case 0:
		return uniform(a)
	case 1:
		return uniform(b)
	case 2:
		return uniform(c)
	}
	return uniform(d)
}

// A stream is the random numbers of a key, with the keys of the ten rounds.
type stream struct {
	key  [2]uint64
	keys [20]uint64
}

func newStream(key [2]uint64) *stream {
	s := &stream{key: key}
	for i := range 10 {
		s.keys[2*i], s.keys[2*i+1] = key[0], key[1]
		key[0] += philoxW0
		key[1] += philoxW1
	}
	return s
}

// fill sets dst to the values at consecutive positions.
func (s *stream) fill(dst []float64, position uint64) {
	for len(dst) > 0 && position%4 != 0 {
		dst[0] = uniformAt(s.key, position)
		dst = dst[1:]
		position++
	}
	counter := position/4 + 1
	n := s.fillBlocks(dst, counter)
	dst = dst[n:]
	counter += uint64(n / 4)
	for len(dst) >= 8 { // two blocks at a time, because the rounds of one wait for each other
		fillTwo((*[8]float64)(dst), s.key, counter)
		dst = dst[8:]
		counter += 2
	}
	position = (counter - 1) * 4
	for i := range dst {
		dst[i] = uniformAt(s.key, position+uint64(i))
	}
}

// fillTwo is two blocks of Philox, whose rounds overlap.
func fillTwo(dst *[8]float64, key [2]uint64, counter uint64) {
	a, e := counter, counter+1
	var b, c, d, f, g, h uint64
	k0, k1 := key[0], key[1]
	for range 10 {
		hi0, lo0 := bits.Mul64(philoxM0, a)
		hi1, lo1 := bits.Mul64(philoxM1, c)
		hi2, lo2 := bits.Mul64(philoxM0, e)
		hi3, lo3 := bits.Mul64(philoxM1, g)
		a, b, c, d = hi1^b^k0, lo1, hi0^d^k1, lo0
		e, f, g, h = hi3^f^k0, lo3, hi2^h^k1, lo2
		k0 += philoxW0
		k1 += philoxW1
	}
	dst[0], dst[1], dst[2], dst[3] = uniform(a), uniform(b), uniform(c), uniform(d)
	dst[4], dst[5], dst[6], dst[7] = uniform(e), uniform(f), uniform(g), uniform(h)
}
