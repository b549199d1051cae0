//go:build !amd64 || purego

package vector

import "unsafe"

// best is the only level there is.
const best = Portable

// available has no kernel: Go does all work.
var available = [levels]*kernels{{}, {}, {}}

func callAccumulate(_ op, _ kind, _, _, _, _ unsafe.Pointer, _ int) (done int) { return 0 }

func callPanel(_ kind, _, _, _ unsafe.Pointer, _ int) (done int) { return 0 }

func callExtreme(_ op, _ kind, _, _ unsafe.Pointer, _ int) (done int) { return 0 }
