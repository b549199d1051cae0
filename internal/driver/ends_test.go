package driver

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/link"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

func tellClient(c word.Client, w any) sched.Tell { return sched.Tell{Client: c, Word: w} }

func TestAnAgentThatOffersNonsenseIsRefusedAndToldWhy(t *testing.T) {
	good := word.Join{Name: "worker-0", Slots: 4, Address: "unix:/run/x.sock"}
	for want, change := range map[string]func(*word.Join){
		"":                     func(*word.Join) {},
		"at most 65536":        func(j *word.Join) { j.Slots = 4_000_000_000 },
		"no slots":             func(j *word.Join) { j.Slots = 0 },
		"cannot be printed":    func(j *word.Join) { j.Name = "a\x1b[31m" },
		"name is missing":      func(j *word.Join) { j.Name = "" },
		"300 bytes":            func(j *word.Join) { j.Name = strings.Repeat("a", 300) },
		"address \"\"":         func(j *word.Join) { j.Address = "" },
		"it has spaces":        func(j *word.Join) { j.Address = "not an address" },
		"is missing":           func(j *word.Join) { j.Address = "unix:" },
		"missing port":         func(j *word.Join) { j.Address = "tls:127.0.0.1" },
		"from 1 to 65535":      func(j *word.Join) { j.Address = "tls:127.0.0.1:0" },
		"a host to reach":      func(j *word.Join) { j.Address = "tls::123" },
		"address \"a\\nb\"":    func(j *word.Join) { j.Address = "a\nb" },
		"-1 bytes":             func(j *word.Join) { j.Memory = -1 },
		"offers 300 resources": func(j *word.Join) { j.Resources = make([]word.Resource, 300) },
		"\"gpu\" twice":        func(j *word.Join) { j.Resources = []word.Resource{{Name: "gpu"}, {Name: "gpu"}} },
		"name of a resource":   func(j *word.Join) { j.Resources = []word.Resource{{}} },
	} {
		synctest.Test(t, func(t *testing.T) {
			d := New(Config{})
			defer d.Close()
			j := good
			change(&j)
			ours, theirs := Pipe()
			say(t, ours, &j)
			err := d.Agent(theirs)
			if want == "" {
				if err != nil {
					t.Error(err)
				}
				hear[*word.Welcome](t, ours)
				return
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: %v, want %q", j, err, want)
			}
			if g := hear[*word.Gone](t, ours); !strings.Contains(g.Why, want) {
				t.Errorf("it was told %q, want %q", g.Why, want)
			}
		})
	}
}

func TestAnAgentThatDoesNotJoinIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{})
		defer d.Close()
		_, theirs := Pipe()
		start := time.Now()
		if err := d.Agent(theirs); err == nil || time.Since(start) != joinTime {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

// slow is a connection that takes long to close.
type slow struct {
	Conn
	once sync.Once
}

func (s *slow) Close() error {
	s.once.Do(func() { <-time.After(2 * time.Second) })
	return s.Conn.Close()
}

func TestAConnectionThatIsSlowToCloseHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, agent, client := start(t)
		for range 3 {
			ours, theirs := Pipe()
			if err := d.Client(&slow{Conn: theirs}); err != nil {
				t.Fatal(err)
			}
			say(t, ours, &word.Leave{})
		}
		begin := time.Now()
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		hear[*word.Accepted](t, client)
		hear[*word.Assign](t, agent)
		if d := time.Since(begin); d > 0 {
			t.Errorf("others waited %v", d)
		}
		d.Close()
		if took := time.Since(begin); took != 2*time.Second {
			t.Errorf("Close took %v, want the time of the slowest", took)
		}
	})
}

func TestWhoComesWhileTheDriverClosesIsClosed(t *testing.T) {
	for range 100 {
		d := New(Config{})
		var guests sync.WaitGroup
		for range 4 {
			ours, theirs := Pipe()
			guests.Go(func() {
				say(t, ours, &word.Join{Name: "a", Slots: 1, Address: "nowhere"})
				if err := d.Agent(theirs); err != nil && !errors.Is(err, ErrStopped) && !strings.Contains(err.Error(), "before it joined") {
					t.Error(err)
				}
			})
			client, end := Pipe()
			guests.Go(func() {
				if err := d.Client(end); err != nil && !errors.Is(err, ErrStopped) {
					t.Error(err)
				}
				for { // until the driver closes it
					if _, err := client.Receive(); err != nil {
						return
					}
				}
			})
		}
		silent, theirs := Pipe()
		guests.Go(func() { _ = d.Agent(theirs) }) // whose agent never says a word
		d.Close()
		guests.Wait()
		if _, err := silent.Receive(); err == nil {
			t.Fatal("the connection of the silent one is open")
		}
	}
}

// broken is a journal that cannot be written.
type broken struct{}

func (broken) Replay() iter.Seq2[any, error] { return func(func(any, error) bool) {} }

func (broken) Append(_ []any, kept func(error)) { kept(errors.New("the disk is full")) }

func TestClientsAreToldThatTheJournalCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := Open(Config{Journal: broken{}})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		client, theirs := Pipe()
		if err := d.Client(theirs); err != nil {
			t.Fatal(err)
		}
		hear[*word.Welcome](t, client)
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		if g := hear[*word.Gone](t, client); !strings.Contains(g.Why, "the disk is full") {
			t.Errorf("it was told %q", g.Why)
		}
	})
}

// TestAClientThatDoesNotReadHoldsNobodyUp is about sockets: one client is stopped while outcomes wait for it, and another works on.
func TestAClientThatDoesNotReadHoldsNobodyUp(t *testing.T) {
	identity, err := link.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "driver")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	listener, err := link.Listen(context.Background(), link.Options{
		Address: "unix:" + folder, Identity: identity, Hello: link.Hello{Role: link.RoleScheduler}, Queue: 1 << 16, Silence: 30 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	lines := make(chan string, 10)
	d := New(Config{Log: func(format string, args ...any) { lines <- fmt.Sprintf(format, args...) }})
	defer d.Close()
	agent := joins(t, d, &word.Join{Name: "a", Slots: 1, Address: "nowhere"})
	connect := func() Conn {
		conn, err := link.Dial(context.Background(), listener.Addr(), link.Options{Identity: identity, Hello: link.Hello{Role: link.RoleClient}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		theirs, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Client(theirs); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	stopped, other := connect(), connect()
	var working sync.WaitGroup
	working.Go(func() { // an agent that has done everything at once
		for {
			w, err := agent.Receive()
			if err != nil {
				return
			}
			if a, ok := w.(*word.Assign); ok {
				done := &word.Done{}
				for _, b := range a.Tasks {
					done.Tasks = append(done.Tasks, word.Finished{Block: b, Bytes: 1 << 10, Data: make([]byte, 1<<10)})
				}
				if agent.Send(done) != nil {
					return // the driver has closed
				}
			}
		}
	})
	defer working.Wait()
	defer d.Close()
	say(t, stopped, &word.Submit{Sequence: 1, Graph: one(t, 1, 10_000), All: true}) // far more than sockets hold
	say(t, other, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), Wanted: []graph.Index{0}})
	for {
		if s, ok := next(t, other).(*word.Settled); ok {
			if s.Tasks[0].Status != word.StatusDone {
				t.Errorf("settled %+v", s)
			}
			break
		}
	}
	if line := <-lines; !strings.Contains(line, "client 1 is lost") || !strings.Contains(line, "takes nothing") {
		t.Errorf("the log says %q", line)
	}
	runs := 0
	if d.Do(func(s *sched.State) { runs = s.Stats().Runs }); runs != 1 {
		t.Errorf("%d runs are left, want that of the other client", runs)
	}
}

// next returns the next word, whatever it is.
func next(t *testing.T, c Conn) any {
	t.Helper()
	w, err := c.Receive()
	if err != nil {
		t.Fatal(err)
	}
	return w
}
