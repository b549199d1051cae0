package launch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// marker is the environment variable that tells a process what it was started as. It counts only together with the
// name that [Start] gives the process as its argument 0, and on Unix only in a direct child of the process that wrote
// it, so that a variable that leaked into another environment makes no worker of anything.
const marker = "BRAID_LAUNCH"

// identity is what a marker says: "version parent number mode role".
type identity struct {
	parent int // process id of whoever started this process
	number int
	talk   bool
	role   string
}

const markerVersion = "1"

func (i identity) String() string {
	mode := "watch"
	if i.talk {
		mode = "talk"
	}
	return fmt.Sprintf("%s %d %d %s %s", markerVersion, i.parent, i.number, mode, i.role)
}

// suffix is what argument 0 of such a process ends with, which is what ps shows.
func (i identity) suffix() string { return ": braid " + i.role + " " + strconv.Itoa(i.number) }

// parseIdentity reads a marker.
func parseIdentity(text string) (identity, error) {
	var i identity
	fields := strings.Split(text, " ")
	if len(fields) != 5 {
		return i, errors.New("it does not have five fields")
	}
	if fields[0] != markerVersion {
		return i, fmt.Errorf("it has version %q, and this program knows version %s; start it with a program built with the same braid", fields[0], markerVersion)
	}
	var errs [2]error
	i.parent, errs[0] = strconv.Atoi(fields[1])
	i.number, errs[1] = strconv.Atoi(fields[2])
	if err := errors.Join(errs[:]...); err != nil {
		return i, err
	}
	switch fields[3] {
	case "talk":
		i.talk = true
	case "watch":
	default:
		return i, fmt.Errorf("it has the mode %q", fields[3])
	}
	i.role = fields[4]
	return i, checkRole(i.role)
}

// checkRole refuses names that would not survive in a marker or a list of processes.
func checkRole(role string) error {
	if role == "" || len(role) > 32 || strings.Trim(role, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return fmt.Errorf("role %q: a role is made of 1 to 32 of a-z, 0-9 and -", role)
	}
	return nil
}

// child is what this process knows about having been started by Start.
var child struct {
	identity
	ok      bool
	in      *os.File      // from the parent; its end is the parent's end
	out     *os.File      // to the parent, if talk
	ready   chan struct{} // closed when the start words are there
	payload []byte
	err     error
	taken   atomic.Bool // somebody asked for the payload

	outlives atomic.Bool   // the starter's end does not end this process
	orphaned chan struct{} // closed when the starter has ended and this process goes on
}

// arguments are those of this process before anything could change them.
var arguments []string

// What this process is must be known, and its variable and standard streams taken away, before any other package's init
// function can start a process or read its input. Packages that do not import this one, directly or not, may come earlier.
func init() {
	text, marked := os.LookupEnv(marker)
	if marked {
		os.Unsetenv(marker)
		claim(text)
	}
	arguments = append([]string(nil), os.Args...)
}

// claim makes this process a child of its starter, if the marker is meant for it.
func claim(text string) {
	id, err := parseIdentity(text)
	if len(os.Args) == 0 || !strings.HasSuffix(os.Args[0], id.suffix()) {
		return // inherited by a process that Start did not make
	}
	if err != nil {
		refuse(fmt.Errorf("the variable %s is %q: %w", marker, text, err))
	}
	if !bornOf(id.parent) {
		end() // the starter died before this process began
	}
	os.Args[0] = strings.TrimSuffix(os.Args[0], id.suffix())
	child.identity, child.ok = id, true
	child.ready, child.orphaned = make(chan struct{}), make(chan struct{})
	if child.in, child.out, err = takeStreams(id.talk); err != nil {
		refuse(fmt.Errorf("take over the standard streams: %w", err))
	}
	nameThread(os.Args[0])
	go attend()
	attended()
}

// refuse ends a process that was started as a worker and cannot be one. It must not go on: the body of the program would
// run a second time.
func refuse(err error) {
	fmt.Fprintf(os.Stderr, "braid: this process was started as a worker: %v\n", err)
	os.Exit(exitRefused)
}

// exitRefused is the exit code of a process that could not become what it was started as.
const exitRefused = 70

// attend reads the start words and then waits for the starter's end, which ends this process too. It runs as long as
// the process does.
func attend() {
	child.payload, child.err = readStart(child.in)
	close(child.ready)
	if child.err == nil && child.talk {
		return // whoever reads the connection sees the end
	}
	if !errors.Is(child.err, io.EOF) {
		io.Copy(io.Discard, child.in)
	}
	if child.outlives.Load() {
		disconnect()
		close(child.orphaned)
		return
	}
	end()
}

// Outlive lets this process go on when the one that started it ends, until End. The channel is closed then; what is printed from then on
// is dropped. The caller sees to it that the process does not go on for ever. Where it is not possible, the channel is nil.
func Outlive() (orphaned <-chan struct{}) {
	if !child.ok || child.talk || !canOutlive() {
		return nil
	}
	child.outlives.Store(true)
	return child.orphaned
}

// End ends this process and everything in its process group, as the end of its starter does otherwise.
func End() { end() }

// Role says what this process was started as, and whether it was started by [Start] at all.
func Role() (role string, ok bool) { return child.role, child.ok }

// Number returns which process of its group this one is, from 0. It is 0 in a process that Start did not make.
func Number() int { return child.number }

// ErrNotStarted is the error of asking for start words in a process that [Start] did not make.
var ErrNotStarted = errors.New("launch: this process was not started as a worker")

// Payload returns the start words that were given to [Start], waiting until they have arrived. The caller must not
// change them.
func Payload() ([]byte, error) {
	if !child.ok {
		return nil, ErrNotStarted
	}
	child.taken.Store(true)
	<-child.ready
	return child.payload, child.err
}

// connOnce guards that one reader gets the connection.
var connOnce sync.Once

// Conn returns the connection to the starter of a process that was started with Options.Talk. Reading it must go on as long as the
// process shall notice that its starter ended: at the end of the stream Read ends the process and does not return.
func Conn() (io.ReadWriter, error) {
	if _, err := Payload(); err != nil {
		return nil, err
	}
	if !child.talk {
		return nil, errors.New("launch: this process was started without a connection: set Options.Talk")
	}
	err := errors.New("launch: the connection to the starter is already in use")
	connOnce.Do(func() { err = nil })
	if err != nil {
		return nil, err
	}
	return starter{}, nil
}

// starter is the connection to the process that started this one.
type starter struct{}

func (starter) Read(p []byte) (int, error) {
	n, err := child.in.Read(p)
	if err != nil {
		end()
	}
	return n, err
}

func (starter) Write(p []byte) (int, error) { return child.out.Write(p) }
