//go:build !unix

package link

import "net"

// direct writes to a socket what it takes at once; there is no such thing on this system.
type direct struct{}

func newDirect(net.Conn) *direct { return nil }

func (d *direct) write([]byte) (int, error) { return 0, nil }
