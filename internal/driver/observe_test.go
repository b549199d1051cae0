package driver

import (
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// observes connects an observer.
func observes(t *testing.T, d *Driver) Conn {
	t.Helper()
	ours, theirs := Pipe()
	over := make(chan error, 1)
	go func() { over <- d.Observer(theirs) }()
	t.Cleanup(func() {
		_ = ours.Close()
		if err := <-over; err != nil {
			t.Error(err)
		}
	})
	return ours
}

// attaches connects a client of a program.
func attaches(t *testing.T, d *Driver, p Program) Conn {
	t.Helper()
	ours, theirs := Pipe()
	if err := d.ClientOf(theirs, p); err != nil {
		t.Fatal(err)
	}
	hear[*word.Welcome](t, ours)
	return ours
}

func inspects(t *testing.T, c Conn, question uint64) *word.Inspected {
	t.Helper()
	say(t, c, &word.Inspect{Question: question})
	x := hear[*word.Inspected](t, c)
	if x.Question != question {
		t.Fatalf("question %d was answered as %d", question, x.Question)
	}
	return x
}

func TestAnObserverSeesWorkersProgramsAndTheirWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ends := make(chan string, 9)
		d := New(Config{End: func(why string) { ends <- why }})
		defer d.Close()
		o := observes(t, d)
		<-time.After(time.Second)
		if x := inspects(t, o, 1); x.Nanos != 1e9 || x.Idle != 0 || len(x.Workers)+len(x.Programs) != 0 {
			t.Errorf("of an empty cluster: %+v", x)
		}
		agent := joins(t, d, &word.Join{Name: "worker-0", Slots: 2, Memory: 1 << 20, Address: "nowhere", Pid: 7})
		attaches(t, d, Program{Name: "tasks", Pid: 7, Worker: true})
		<-time.After(time.Second)
		if x := inspects(t, o, 2); x.Idle != 1e9 {
			t.Errorf("with tasks of a worker it is idle for %v", time.Duration(x.Idle))
		}
		client := attaches(t, d, Program{Name: "mean", Pid: 9})
		hear[*word.Peer](t, client)
		b := graph.NewBuilder()
		for range 3 {
			b.Add(b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/square"}), Traits: b.Traits(graph.Traits{}), Site: b.AddSite(graph.Site{})}))
		}
		b.Number(1, 1)
		g, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		body, err := graph.Encode(g, graph.EncodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		say(t, client, &word.Submit{Sequence: 1, Graph: body, All: true})
		w := hear[*word.Assign](t, agent)
		<-time.After(time.Second)
		x := inspects(t, o, 3)
		want := word.Worker{Agent: 1, Name: "worker-0", Pid: 7, Slots: 2, Assigned: uint32(len(w.Tasks)), Memory: 1 << 20, Nanos: 2e9}
		if len(x.Workers) != 1 || x.Workers[0] != want {
			t.Errorf("the workers are %+v, want %+v", x.Workers, want)
		}
		if x.Idle != 0 || len(x.Programs) != 2 {
			t.Fatalf("have %+v", x)
		}
		p := x.Programs[1]
		if p.Name != "mean" || p.Pid != 9 || p.Worker || p.Runs != 1 || p.Nanos != 1e9 ||
			!slices.Equal(p.Groups, []word.Group{{Name: p.Groups[0].Name, Total: 3}}) {
			t.Errorf("the program is %+v", p)
		}

		say(t, o, &word.Shutdown{Question: 4})
		if x := hear[*word.Inspected](t, o); x.Refused != "mean (pid 9) is attached" || len(ends) != 0 {
			t.Errorf("a shutdown while a program is attached: %q, and %d ends", x.Refused, len(ends))
		}
		say(t, o, &word.Shutdown{Question: 5, Force: true})
		if x := hear[*word.Inspected](t, o); x.Refused != "" || len(x.Programs) != 2 {
			t.Errorf("by force: %+v", x)
		}
		say(t, client, &word.Leave{})
		synctest.Wait()
		say(t, o, &word.Shutdown{Question: 6})
		if x := hear[*word.Inspected](t, o); x.Refused != "" {
			t.Errorf("when nobody is attached: %q", x.Refused)
		}
		synctest.Wait()
		if len(ends) != 2 || <-ends != Asked || <-ends != Asked {
			t.Error("the end was not asked for twice")
		}
	})
}

func TestAClusterThatOnlyItsOwnerEndsRefusesAShutdown(t *testing.T) {
	d := New(Config{})
	defer d.Close()
	o := observes(t, d)
	say(t, o, &word.Shutdown{Question: 1, Force: true})
	if x := hear[*word.Inspected](t, o); x.Refused != "it ends with the program that started it" {
		t.Errorf("have %q", x.Refused)
	}
}

func TestAnObserverThatSaysSomethingElseIsCutOff(t *testing.T) {
	d := New(Config{})
	defer d.Close()
	ours, theirs := Pipe()
	say(t, ours, &word.Leave{})
	if err := d.Observer(theirs); err == nil {
		t.Error("it was taken")
	}
	if _, err := ours.Receive(); err != io.EOF {
		t.Errorf("the connection ended with %v", err)
	}
}

func TestAClusterEndsWhenNoProgramWasAttachedForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = time.Minute
		ended := make(chan time.Time, 1)
		began := time.Now()
		d := New(Config{IdleTimeout: limit, End: func(string) { ended <- time.Now() }})
		defer d.Close()
		<-time.After(2 * limit) // nobody could have used it yet
		joins(t, d, &word.Join{Name: "worker-0", Slots: 1, Address: "nowhere"})
		<-time.After(limit - 1)
		first := attaches(t, d, Program{Name: "first"})
		second := attaches(t, d, Program{Name: "second"})
		attaches(t, d, Program{Worker: true})
		say(t, first, &word.Leave{})
		<-time.After(10 * limit)
		say(t, second, &word.Leave{})
		synctest.Wait()
		left := time.Since(began)
		<-time.After(limit - 1)
		synctest.Wait()
		if len(ended) > 0 {
			t.Fatalf("it ended after %v", time.Since(began))
		}
		if have, want := (<-ended).Sub(began), left+limit; have != want {
			t.Errorf("it ended after %v, want %v", have, want)
		}
	})
}
