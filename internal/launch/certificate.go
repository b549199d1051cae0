package launch

import (
	"fmt"
	"strings"
	"time"
)

// Certificate says how a process ended, and what is known about why: the death certificate of those that were not meant to
// end. It is plain data and may be sent on.
type Certificate struct {
	Process     string        // role and number, such as "agent 3"
	Pid         int           //
	Code        int           // exit code; -1 if a signal ended it
	Signal      int           // number of the signal that ended it, or 0
	Ended       string        // why this side ended it, or nothing if it was not this side
	OutOfMemory bool          // the kernel's out-of-memory killer was active, or Go's allocator gave up
	PeakBytes   int64         // most memory resident at once; 0 if the system does not tell
	Ran         time.Duration // from its start to its end
	Fatal       []string      // lines that Go prints when a program fails by itself: the message and what follows it
	LastLines   []string      // what it printed last, to standard output and standard error
}

// OK reports whether the process ended by itself and with exit code 0.
func (c Certificate) OK() bool { return c.Code == 0 && c.Signal == 0 && c.Ended == "" }

// Text says how the process ended, without its name and output: "killed by signal 9 (SIGKILL)".
func (c Certificate) Text() string {
	var b strings.Builder
	switch {
	case c.Ended != "" && c.Signal != 0:
		fmt.Fprintf(&b, "ended because %s", c.Ended)
	case c.Signal != 0:
		fmt.Fprintf(&b, "killed by signal %d (%s)", c.Signal, signalName(c.Signal))
	default:
		fmt.Fprintf(&b, "exited with code %d", c.Code)
		if c.Ended != "" {
			fmt.Fprintf(&b, " when it was ended because %s", c.Ended)
		}
	}
	if c.OutOfMemory {
		if c.Signal != 0 {
			b.WriteString("; the kernel's out-of-memory killer was active")
		} else {
			b.WriteString("; it could not get the memory it asked for")
		}
		if c.PeakBytes > 0 {
			fmt.Fprintf(&b, ", and the process had taken up to %d MiB", c.PeakBytes>>20)
		}
	}
	return b.String()
}

// linesInText bounds how many of the last lines String shows.
const linesInText = 3

// String says how the process ended and what it said last, in one or two sentences on one line.
func (c Certificate) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (pid %d) %s after %v", c.Process, c.Pid, c.Text(), round(c.Ran))
	lines, verb := c.LastLines[max(0, len(c.LastLines)-linesInText):], "Its last output was"
	if len(c.Fatal) > 0 {
		lines, verb = c.Fatal[:1], "It failed with"
	}
	if len(lines) > 0 {
		fmt.Fprintf(&b, ". %s: %s", verb, strings.Join(lines, " | "))
	}
	return b.String()
}

// round cuts a duration to three digits or so.
func round(d time.Duration) time.Duration {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second)
	case d >= time.Second:
		return d.Round(10 * time.Millisecond)
	default:
		return d.Round(100 * time.Microsecond)
	}
}
