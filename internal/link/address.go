package link

import (
	"fmt"
	"net"
	"strings"
)

// maxSocketPath is the longest path of a Unix socket that all systems take.
const maxSocketPath = 103

// split parts an address into its network and the rest.
func split(addr string) (network, rest string, err error) {
	network, rest, _ = strings.Cut(addr, ":")
	switch {
	case network == "unix" && rest != "":
		return network, rest, nil
	case network == "tls":
		if _, _, err := net.SplitHostPort(rest); err != nil {
			return "", "", fmt.Errorf("link: address %q: %w", addr, err)
		}
		return network, rest, nil
	}
	return "", "", fmt.Errorf("link: address %q is neither \"unix:<path>\" nor \"tls:<host>:<port>\"", addr)
}
