package braid

import (
	"fmt"
	"time"

	"github.com/braid-compute/braid/graph"
)

// Option says how a call is to run. Options are given with With, to a function or to a single call; of the same option
// the last one counts.
type Option func(*settings)

// settings are the options of a call, shared by all calls that have the same.
type settings struct {
	traits graph.Traits
	key    string
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
// context.DeadlineExceeded; its slot stays taken until the function returns.
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
// exceed the client's memory limit.
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
// or leave something behind. It costs some milliseconds a call. Arguments and result must be encodable, the program must
// be started with [Main] or [TestMain], and the function finds no client in its context. When the call is cancelled or
// outlives its time limit, a function that does not return within two seconds is ended with its process.
func Isolated() Option { return func(s *settings) { s.traits.Isolated = true } }

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
