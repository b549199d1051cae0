//go:build !purego

package vector

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// best is the highest level that processor and operating system support.
var best = detect()

func detect() Level {
	switch x := &cpu.X86; {
	case x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL && x.HasFMA && x.HasBMI2:
		return AVX512
	case x.HasAVX2 && x.HasFMA && x.HasBMI2:
		return AVX2
	}
	return Portable
}

// available are the kernels by level.
var available = [levels]*kernels{{}, &kernelsAVX2, &kernelsAVX512}

func callAccumulate(o op, k kind, acc, x, y, z unsafe.Pointer, n int) (done int) {
	switch level {
	case AVX512:
		return accumulateAVX512(o, k, acc, x, y, z, n)
	case AVX2:
		return accumulateAVX2(o, k, acc, x, y, z, n)
	}
	return 0
}

func callPanel(k kind, tile, x, y unsafe.Pointer, n int) (done int) {
	switch level {
	case AVX512:
		return panelAVX512(opDot, k, tile, x, y, n)
	case AVX2:
		return panelAVX2(opDot, k, tile, x, y, n)
	}
	return 0
}

func callExtreme(o op, k kind, found, x unsafe.Pointer, n int) (done int) {
	switch level {
	case AVX512:
		return extremeAVX512(o, k, found, x, n)
	case AVX2:
		return extremeAVX2(o, k, found, x, n)
	}
	return 0
}
