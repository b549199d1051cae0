package braid

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/local"
)

// Option says how a call is to run. Options are given with With, to a function or to a single call; of the same option
// the last one counts.
type Option func(*settings)

// settings are the options of a call, shared by all calls that have the same.
type settings struct {
	traits graph.Traits
	key    string
	memo   *memoized
	err    error // the first impossible value
}

var plain = &settings{}

// and returns the settings with more options. The receiver may be nil.
func (s *settings) and(opts []Option) *settings {
	if len(opts) == 0 {
		return s
	}
	n := &settings{}
	if s != nil {
		*n = *s
	}
	for _, o := range opts {
		if o == nil {
			n.impossible("an Option is nil")
			continue
		}
		o(n)
	}
	return n
}

func (s *settings) impossible(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
	}
}

// Retries lets a call be tried up to n more times after an attempt that failed, panicked or outlived its time limit.
// The next attempt begins at once.
func Retries(n int) Option {
	return func(s *settings) {
		if n < 0 || n > 10_000 {
			s.impossible("Retries(%d): must be from 0 to 10000", n)
			return
		}
		s.traits.Retries = uint16(n)
	}
}

// TimeLimit bounds a single attempt. When it is over, the attempt's context is done and the attempt has failed with
// context.DeadlineExceeded; its slot stays taken until the function returns. A function that has looked at its context is
// given half a second to return: its error, for example with the last lines of a [Command]'s program, then becomes part of
// the attempt's.
func TimeLimit(d time.Duration) Option {
	return func(s *settings) {
		if d <= 0 {
			s.impossible("TimeLimit(%v): must be positive", d)
			return
		}
		s.traits.Limit = int64(d)
	}
}

// Priority puts ready calls before (above 0) or after (below 0) those of the default priority 0. Running tasks are not
// interrupted.
func Priority(n int) Option {
	return func(s *settings) {
		if n < -1_000_000 || n > 1_000_000 {
			s.impossible("Priority(%d): must be within ±1000000", n)
			return
		}
		s.traits.Priority = int32(n)
	}
}

// ExpectBytes says how large the result of the call will be about, in bytes. Calls without inputs wait while that would
// exceed what [Options.MemoryLimit] allows.
func ExpectBytes(n int64) Option {
	return func(s *settings) {
		if n < 0 {
			s.impossible("ExpectBytes(%d): must not be negative", n)
			return
		}
		s.traits.Hints.Bytes = n
	}
}

// Impure says that two runs of the call may give different results: it reads a clock, random numbers, or something
// that changes. A result never mixes two attempts of an impure call.
func Impure() Option { return func(s *settings) { s.traits.Impure = true } }

// Isolated runs each call in a process of its own, which is started for it and ends with it: for functions that may crash,
// or leave something behind. It costs some milliseconds a call; on Linux its process maps large arguments instead of being sent them, and
// what it writes to them is its own. Arguments and result must be encodable, the program must
// be started with [Main] or [TestMain], and the function finds no client in its context. When the call is cancelled or
// outlives its time limit, a function that does not return within two seconds is ended with its process.
func Isolated() Option { return func(s *settings) { s.traits.Isolated = true } }

// Cores says how many cores the call uses while it runs, by loops of package par or threads of its own: it counts as so many
// tasks, and calls of par inside share them. A fraction below 1 is one core. While the call waits for others inside, its cores
// are free for them. A client that can never give it so many refuses the call.
func Cores(n float64) Option {
	return func(s *settings) {
		if m, ok := s.amount("Cores", n); ok {
			s.traits.Needs.CPU = m
		}
	}
}

// Memory says how many bytes of memory the call needs while it runs. No more calls run at once than the memory limit has room
// for.
//
// On Linux an [Isolated] call is held to it: its process cannot take more than that and some 128 MiB besides, so the attempt fails. The
// call is then tried again with twice as much, and again, up to the memory limit of the client or of the largest worker; these
// attempts do not count as retries. If that is not enough the call fails, with an error that says what its process had taken. A
// call that is not isolated shares its memory with others, and one that takes more is not noticed.
func Memory(bytes int64) Option {
	return func(s *settings) {
		if bytes <= 0 {
			s.impossible("Memory(%d): must be positive", bytes)
			return
		}
		s.traits.Needs.Memory = bytes
	}
}

// GPUs says how many GPUs the call needs while it runs, of those that [Options.Resources] offers under the name "gpu". It may
// be a fraction.
func GPUs(n float64) Option {
	return func(s *settings) {
		if m, ok := s.amount("GPUs", n); ok {
			s.traits.Needs.GPU = m
		}
	}
}

// Resource says how much of something the call needs while it runs, of what [Options.Resources] offers under that name: a
// device, a license, a connection to something that stands only so many. It may be a fraction, down to a thousandth.
func Resource(name string, n float64) Option {
	return func(s *settings) {
		m, ok := s.amount(fmt.Sprintf("Resource(%q)", name), n)
		switch {
		case !ok:
		case reservedResource(name) != nil:
			s.impossible("Resource(%q): %w", name, reservedResource(name))
		default:
			named := slices.DeleteFunc(slices.Clone(s.traits.Needs.Named), func(o graph.Named) bool { return o.Name == name })
			s.traits.Needs.Named = append(named, graph.Named{Name: name, Amount: m})
		}
	}
}

// reservedResource says why a name is none of a resource that a call names.
func reservedResource(name string) error {
	switch name {
	case "":
		return errors.New("a resource has a name")
	case "cpu":
		return errors.New("cores are needed by Cores")
	case "memory":
		return errors.New("memory is needed by Memory")
	case "gpu":
		return errors.New("GPUs are needed by GPUs")
	}
	return nil
}

// amount returns a number in thousandths, or notes that it is impossible.
func (s *settings) amount(what string, n float64) (m uint32, ok bool) {
	if m, ok = local.Thousandths(n); !ok {
		s.impossible("%s is given %v: must be from 0.001 to %d", what, n, local.MaxAmount)
	}
	return m, ok
}

// Worker pins the call to the worker with this name. A client that runs in this process refuses it at submission.
func Worker(name string) Option {
	return func(s *settings) {
		if name == "" {
			s.impossible("Worker(%q): a worker has a name", name)
			return
		}
		s.traits.Worker = name
	}
}

// Key names the task. While the result of a key is held, submitting the same call with the same arguments under the
// same key gives that result instead of running again, and other work under that key is an error. Arguments of a keyed
// call must be encodable (see package codec), since they are compared.
func Key(key string) Option {
	return func(s *settings) {
		if key == "" || len(key) > 1024 {
			s.impossible("Key(%q): must have 1 to 1024 bytes", key)
			return
		}
		s.key = key
	}
}
