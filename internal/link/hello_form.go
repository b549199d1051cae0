package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// appendHello writes a hello. Whoever reads it skips what follows the fields it knows, so that a feature may add more.
func appendHello(dst []byte, h Hello, window int) ([]byte, error) {
	start := len(dst)
	features := Features(0)
	if h.bell != (bellName{}) {
		features = featureBell
	}
	dst = binary.AppendUvarint(dst, uint64(features))
	dst = binary.AppendUvarint(dst, uint64(window))
	dst = append(dst, byte(h.Role))
	dst = binary.AppendUvarint(dst, uint64(len(h.Name)))
	dst = append(dst, h.Name...)
	dst = append(dst, h.Code[:]...)
	dst = binary.AppendUvarint(dst, uint64(h.Pid))
	if features&featureBell != 0 {
		dst = binary.AppendUvarint(dst, uint64(h.bell.descriptor))
		dst = binary.AppendUvarint(dst, h.bell.inode)
	}
	if n := len(dst) - start; n > maxHello {
		return dst[:start], fmt.Errorf("link: a hello has %d bytes, and at most %d are allowed: give this process a shorter name", n, maxHello)
	}
	return dst, nil
}

var errHello = errors.New("link: the hello of the other side cannot be read: it is cut short or damaged")

// readHello reads a hello of our version.
func readHello(b []byte) (h Hello, window int, err error) {
	bad := false
	number := func(most uint64) uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 || v > most || bad {
			bad = true
			return 0
		}
		b = b[n:]
		return v
	}
	take := func(n uint64) []byte {
		if bad || n > uint64(len(b)) {
			bad = true
			return nil
		}
		p := b[:n]
		b = b[n:]
		return p
	}
	h.Version = Version
	h.Features = Features(number(math.MaxUint64))
	window = int(number(maxCredit))
	if role := take(1); !bad {
		h.Role = Role(role[0])
	}
	h.Name = string(take(number(maxHello)))
	copy(h.Code[:], take(uint64(len(h.Code))))
	h.Pid = uint32(number(math.MaxUint32))
	if bad || window < minWindow {
		return Hello{}, 0, errHello
	}
	if h.Features&featureBell != 0 { // who reads it wrongly has no bell
		name := bellName{uint32(number(math.MaxUint32)), number(math.MaxUint64)}
		if !bad {
			h.bell = name
		}
	}
	return h, window, nil
}
