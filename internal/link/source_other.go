//go:build !unix

package link

// source reads what has come on a socket; there is no such thing on this system.
type source struct{}

func newSource(*direct, *receiver, *bell) *source { return nil }

func (s *source) await() error { return nil }

func (s *source) try() bool { return false }
