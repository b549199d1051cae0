package tile

import "github.com/braid-compute/braid/internal/kernel/vector"

// philoxBlocks sets dst to the values of consecutive blocks. It needs BMI2.
//
//go:noescape
func philoxBlocks(dst *float64, blocks int, counter uint64, keys *[20]uint64)

// philoxEights sets dst to the values of consecutive blocks, eight at a time. It needs AVX-512 F and DQ, and something to do.
//
//go:noescape
func philoxEights(dst *float64, eights int, counter uint64, keys *[20]uint64)

// fillBlocks fills as many whole blocks as dst has room for, if this processor can, and returns how many values these
// are.
func (s *stream) fillBlocks(dst []float64, counter uint64) int {
	if len(dst) < 4 || vector.Active() < vector.AVX2 {
		return 0
	}
	done := 0
	if eights := len(dst) / 32; eights > 0 && vector.Active() >= vector.AVX512 {
		philoxEights(&dst[0], eights, counter, &s.keys)
		done = eights * 32
	}
	if blocks := (len(dst) - done) / 4; blocks > 0 {
		philoxBlocks(&dst[done], blocks, counter+uint64(done/4), &s.keys)
		done += blocks * 4
	}
	return done
}
