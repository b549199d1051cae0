package coord

import (
	"net"
	"runtime"
)

const isUnix = runtime.GOOS != "windows"

// nopListener is a listener that nobody dials.
type nopListener struct{}

func (nopListener) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (nopListener) Close() error              { return nil }
func (nopListener) Addr() net.Addr            { return nil }
