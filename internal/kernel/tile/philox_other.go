//go:build !amd64

package tile

// fillBlocks fills nothing: portable code does.
func fillBlocks([]float64, [2]uint64, uint64) int { return 0 }
