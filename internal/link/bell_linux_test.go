package link

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/braid-compute/braid/internal/word"
)

// until waits for something that other goroutines bring about.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

// alone has what comes over a connection heard by Poll and by nobody else.
func alone(c *Conn, hear func(any)) {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	c.in.hear, c.in.source = hear, newSource(c.direct, &c.in, c.bell)
}

func TestWhoPollsLooksOnlyIfSomethingWasWritten(t *testing.T) {
	agent, scheduler := pair(t, "unix", Options{})
	for _, c := range []*Conn{agent, scheduler} {
		if c.bell == nil {
			t.Fatal("the ends of a Unix socket have no bell")
		}
	}
	heard := 0
	alone(scheduler, func(any) { heard++ })
	if scheduler.Poll() {
		t.Error("there was a look before anything had been written")
	}
	for k := range 3 {
		if err := agent.Send(&word.Unreachable{Peer: 1}); err != nil {
			t.Fatal(err)
		}
		until(t, "a word", func() bool { scheduler.Poll(); return heard == k+1 })
		until(t, "silence", func() bool { return !scheduler.Poll() })
	}
	if agent.Poll() {
		t.Error("who has written hears himself")
	}
}

// A block that is larger than the socket is read by who polls, although its writer has not rung the bell after its end.
func TestWhoPollsHearsLongWritesWhole(t *testing.T) {
	agent, scheduler := pair(t, "unix", Options{})
	var block *word.Delivery
	alone(scheduler, func(w any) { block, _ = w.(*word.Delivery) })
	sent := make([]byte, 4<<20)
	for k := range sent {
		sent[k] = byte(k * 7)
	}
	go serve(agent)() // takes credit
	if err := agent.Send(&word.Delivery{Block: word.Block{Task: word.Task{Run: 1}}, Outputs: [][]byte{sent}}); err != nil {
		t.Fatal(err)
	}
	until(t, "the block", func() bool { scheduler.Poll(); return block != nil })
	if string(block.Outputs[0]) != string(sent) {
		t.Error("the block arrived with other bytes")
	}
	until(t, "silence", func() bool { return !scheduler.Poll() })
	agent.Close()
	<-agent.ended
}

// Whatever the other process writes into the memory, words arrive: the socket wakes who serves the connection.
func TestABellThatRingsFalselyHarmsNothing(t *testing.T) {
	r := seeded(t)
	agent, scheduler := pair(t, "unix", Options{})
	words := make(chan any, 1)
	ended := make(chan error, 1)
	go func() { ended <- scheduler.Serve(func(w any) { words <- w }) }()
	for k := range 200 {
		scheduler.bell.theirs.Store(r.Uint32())
		scheduler.bell.ours.Store(r.Uint32())
		if err := agent.Send(&word.Unreachable{Peer: word.Agent(k)}); err != nil {
			t.Fatal(err)
		}
		scheduler.bell.theirs.Store(scheduler.bell.heard.Load() &^ 1) // rung by nobody
		if w := (<-words).(*word.Unreachable); w.Peer != word.Agent(k) {
			t.Fatalf("word %d is that of %d", k, w.Peer)
		}
	}
	agent.Close()
	if err := <-ended; err != io.EOF {
		t.Error(err)
	}
}

// Who names something else than the memory of a bell has none.
func TestABellIsLookedAtBeforeItIsMapped(t *testing.T) {
	a, b := sockets(t, "unix")
	offered, name, release := offerBell(a)
	defer release()
	if offered == nil || openBell(b, name) == nil {
		t.Fatal("a bell that was offered cannot be opened")
	}
	file := func(size int64, seals int) bellName {
		fd, err := unix.MemfdCreate("test", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		var stat unix.Stat_t
		sized := errors.Join(unix.Ftruncate(fd, size), unix.Fstat(fd, &stat))
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil || sized != nil {
			t.Fatal(err, sized)
		}
		return bellName{uint32(fd), stat.Ino}
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	other := file(bellSize, unix.F_SEAL_SHRINK)
	for what, name := range map[string]bellName{
		"nothing":           {},
		"another inode":     {name.descriptor, name.inode + 1},
		"another file":      {other.descriptor, name.inode},
		"no descriptor":     {1 << 20, name.inode},
		"no file":           {uint32(null.Fd()), name.inode},
		"one of other size": file(bellSize/2, unix.F_SEAL_SHRINK),
		"one that shrinks":  file(bellSize, unix.F_SEAL_GROW),
	} {
		if openBell(b, name) != nil {
			t.Errorf("%s was taken for a bell", what)
		}
	}
	x, y := sockets(t, "tcp")
	if b, _, _ := offerBell(x); b != nil || openBell(y, name) != nil {
		t.Error("there is a bell over TCP")
	}
}

// A side that answers without having found the bell does not ring it.
func TestABellThatWasNotFoundIsNotWaitedFor(t *testing.T) {
	launcher, _ := identity(t)
	for what, bell := range map[string]bellName{"no": {}, "another": {3, 4}} {
		a, b := sockets(t, "unix")
		go func() {
			readOpening(b)
			io.ReadFull(b, make([]byte, secretSize))
			readMessage(b, maxHello)
			hello, _ := appendHello(nil, Hello{Role: RoleScheduler, bell: bell}, minWindow)
			b.Write(appendMessage(append(binary.LittleEndian.AppendUint32([]byte(magic), Version), answerWelcome), hello))
		}()
		c, err := within(context.Background(), a, func() (*Conn, error) { return greet(a, launcher.secret, Options{}.withDefaults()) })
		if err != nil {
			t.Fatal(err)
		}
		if c.bell != nil {
			t.Errorf("%s bell was found, and there is one", what)
		}
		b.Close()
		c.Close()
	}
}
