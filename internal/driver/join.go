package driver

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/braid-compute/braid/internal/word"
)

// The limits of what an agent says of itself.
const (
	maxSlots     = 1 << 16 // functions that run at once in one process
	maxAddress   = 1024    // bytes
	maxResources = 256     // names of them
)

// checkJoin returns why an agent cannot be taken in with what it offers. What it says goes on to every other agent and client, into logs
// and into sums.
func checkJoin(j *word.Join) error {
	if err := word.CheckName("its name", j.Name); err != nil {
		return err
	}
	switch {
	case j.Slots == 0:
		return errors.New("it offers no slots: a worker needs at least one")
	case j.Slots > maxSlots:
		return fmt.Errorf("it offers %d slots, and at most %d are allowed: start more workers", j.Slots, maxSlots)
	case j.Memory < 0:
		return fmt.Errorf("it offers %d bytes of memory: say 0 for no limit", j.Memory)
	case len(j.Resources) > maxResources:
		return fmt.Errorf("it offers %d resources, and at most %d are allowed", len(j.Resources), maxResources)
	}
	seen := make(map[string]bool, len(j.Resources))
	for _, r := range j.Resources {
		if err := word.CheckName("the name of a resource", r.Name); err != nil {
			return err
		}
		if seen[r.Name] {
			return fmt.Errorf("it offers the resource %q twice: add the amounts up", r.Name)
		}
		seen[r.Name] = true
	}
	if err := checkAddress(j.Address); err != nil {
		return fmt.Errorf("its address %.100q, where its results are to be had: %w", j.Address, err)
	}
	return nil
}

// checkAddress checks the address of an agent as far as it says how it is meant; others than those of sockets belong to whoever
// dials. An empty one would say that the agent is gone.
func checkAddress(address string) error {
	network, place, _ := strings.Cut(address, ":")
	switch {
	case address == "":
		return errors.New("it is missing")
	case len(address) > maxAddress:
		return fmt.Errorf("it has %d bytes, and at most %d are allowed", len(address), maxAddress)
	case !utf8.ValidString(address) || strings.ContainsFunc(address, func(r rune) bool { return !unicode.IsPrint(r) }):
		return errors.New("it has characters that cannot be printed")
	case network == "unix" && place == "":
		return errors.New("the path of the socket is missing")
	case network == "tls":
		host, port, err := net.SplitHostPort(place)
		if err != nil {
			return fmt.Errorf("it is not tls:<host>:<port>: %w", err)
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || host == "" {
			return errors.New("it is not tls:<host>:<port>: others need a host to reach, and a port from 1 to 65535")
		}
	case strings.ContainsFunc(address, unicode.IsSpace) && network != "unix":
		return errors.New("it is no address: it has spaces")
	}
	return nil
}
