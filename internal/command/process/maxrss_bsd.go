//go:build unix && !linux && !darwin

package process

const maxrssUnit = 1 << 10 // getrusage(2)
