//go:build !linux

package block

import "fmt"

// Mapped is a stretch of another process's arena. There are none on this system.
type Mapped struct{}

// MapLoan says that there are no arenas here.
func MapLoan(Loan) (*Mapped, error) { return nil, fmt.Errorf("block: %w", errNoArena) }

// MapRoom says that there are no arenas here.
func MapRoom(Loan) (*Mapped, error) { return nil, fmt.Errorf("block: %w", errNoArena) }

// Bytes is never called.
func (*Mapped) Bytes() []byte { return nil }

// Close is never called.
func (*Mapped) Close() error { return nil }
