//go:build !amd64

package tile

// fillBlocks fills nothing: portable code does.
func (s *stream) fillBlocks([]float64, uint64) int { return 0 }
