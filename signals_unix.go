//go:build unix

package braid

import (
	"os"
	"syscall"
)

// interrupts are the signals that end a program under Main in order.
var interrupts = []os.Signal{os.Interrupt, syscall.SIGTERM}
