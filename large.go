package braid

import (
	"reflect"
	"sync"
	"unsafe"
	"weak"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/progress"
)

// largeArgument is the size in bytes from which submitting the same argument again draws a warning.
const largeArgument = 1 << 20

// largeArguments notices large arguments that are submitted more than once.
type largeArguments struct {
	mu   sync.Mutex
	seen map[uintptr]largeSeen // by address: a pointer as the key would keep the memory alive
}

type largeSeen struct {
	alive weak.Pointer[byte] // nil again once the memory was freed, so that a reused address is not taken for it
	said  bool
}

// maxLarge bounds how many large arguments are remembered.
const maxLarge = 1024

// note warns, once for each argument, when it is large and not submitted for the first time.
func (l *largeArguments) note(c *Client, v any, site uintptr) {
	if c.meter == nil && !c.events.heard() {
		return
	}
	n, known := codec.Size(v)
	if !known || n <= largeArgument {
		return
	}
	p := dataOf(v)
	if p == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.seen[uintptr(p)]
	if ok && s.alive.Value() != nil {
		if !s.said {
			s.said = true
			l.seen[uintptr(p)] = s
			c.say("braid: %s: an argument of %s is submitted more than once: scatter it once and pass the future, or pass a file name and read inside the function",
				graph.Site{PC: site}, progress.Bytes(n))
		}
		return
	}
	if l.seen == nil || len(l.seen) >= maxLarge {
		l.seen = make(map[uintptr]largeSeen)
	}
	l.seen[uintptr(p)] = largeSeen{alive: weak.Make((*byte)(p))}
}

// dataOf returns where the bytes of a slice or string are.
func dataOf(v any) unsafe.Pointer {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Slice:
		return r.UnsafePointer()
	case reflect.String:
		return unsafe.Pointer(unsafe.StringData(r.String()))
	default:
		return nil
	}
}
