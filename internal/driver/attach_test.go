package driver

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/internal/word"
)

// breakable is the scheduler's end of a connection that breaks without a word.
type breakable struct {
	Conn
	broken atomic.Bool
}

func (b *breakable) Receive() (any, error) {
	w, err := b.Conn.Receive()
	if b.broken.Load() {
		return nil, errors.New("it broke")
	}
	return w, err
}

// dials connects a program that says Attach, and returns what breaks the connection.
func dials(t *testing.T, d *Driver, w *word.Attach, p Program) (conn Conn, cut func()) {
	t.Helper()
	ours, theirs := Pipe()
	b := &breakable{Conn: theirs}
	say(t, ours, w)
	_ = d.Attach(b, p) // what is wrong is told to the client, too
	return ours, func() {
		b.broken.Store(true)
		_ = ours.Close()
		synctest.Wait()
	}
}

// keeper is a driver that keeps clients for a minute, of processes that live unless they are the dead one.
type keeper struct {
	*Driver
	dead  atomic.Uint32
	mu    sync.Mutex
	lines []string
}

func keeps(t *testing.T) (k *keeper, agent Conn) {
	k = new(keeper)
	k.Driver = New(Config{
		ClientTimeout: time.Minute,
		Lives:         func(pid uint32) bool { return k.dead.Load() != pid },
		Log: func(format string, args ...any) {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.lines = append(k.lines, fmt.Sprintf(format, args...))
		},
	})
	t.Cleanup(k.Close)
	return k, joins(t, k.Driver, &word.Join{Name: "a", Slots: 1, Address: "nowhere"})
}

func (k *keeper) said() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return strings.Join(k.lines, "\n")
}

func TestAClientThatIsCutOffGoesOnWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, agent := keeps(t)
		o := observes(t, d.Driver)
		token := word.Token{1, 2, 3}
		client, cut := dials(t, d.Driver, &word.Attach{Token: token}, Program{Name: "mean", Pid: 9})
		if a := hear[*word.Attached](t, client); a.Nanos != int64(time.Minute) || a.Heard != 0 {
			t.Errorf("it is answered with %+v", a)
		}
		number := hear[*word.Welcome](t, client).Client
		hear[*word.Peer](t, client)
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		hear[*word.Accepted](t, client)
		b := hear[*word.Assign](t, agent).Tasks[0]
		cut()
		<-time.After(10 * time.Second)
		x := inspects(t, o, 1)
		if len(x.Programs) != 1 || time.Duration(x.Programs[0].Left) != 50*time.Second || x.Programs[0].Runs != 1 || x.Idle != 0 {
			t.Errorf("meanwhile: %+v", x)
		}
		say(t, agent, &word.Done{Tasks: []word.Finished{{Block: b, Bytes: 5}}})

		// It has heard of Welcome and Peer only.
		client, cut = dials(t, d.Driver, &word.Attach{Token: token, Again: true, Heard: 2}, Program{Name: "mean", Pid: 9})
		if a := hear[*word.Attached](t, client); a.Heard != 1 {
			t.Errorf("the scheduler has heard %d words, want the submission", a.Heard)
		}
		if a := hear[*word.Accepted](t, client); a.Run != 1 {
			t.Errorf("the submission became %+v", a)
		}
		if s := hear[*word.Settled](t, client); s.Tasks[0].Status != word.StatusDone {
			t.Errorf("the outcome is %+v", s)
		}
		if x := inspects(t, o, 3); len(x.Programs) != 1 || x.Programs[0].Left != 0 || x.Programs[0].Client != number {
			t.Errorf("afterwards: %+v", x.Programs)
		}
		cut()
		<-time.After(time.Minute)
		synctest.Wait()
		if x := inspects(t, o, 4); len(x.Programs) != 0 || x.Idle == 0 {
			t.Errorf("a minute later: %+v", x)
		}
		if f := hear[*word.Free](t, agent); !slices.Equal(f.Blocks, []word.Block{b}) {
			t.Errorf("freed is %v", f.Blocks)
		}
		client, _ = dials(t, d.Driver, &word.Attach{Token: token, Again: true, Heard: 4}, Program{})
		if g := hear[*word.Gone](t, client); !strings.Contains(g.Why, "does not know this program any more") {
			t.Errorf("who is too late is told %q", g.Why)
		}
		for _, text := range []string{"client 1, mean (pid 9), is cut off", "is kept for 1m0s: it broke", "is back after 10s", "has not come back within 1m0s"} {
			if !strings.Contains(d.said(), text) {
				t.Errorf("the log is without %q:\n%s", text, d.said())
			}
		}
	})
}

func TestAClusterIsNotEndedUnderAProgramThatIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ends := make(chan string, 1)
		d := New(Config{ClientTimeout: time.Minute, End: func(why string) { ends <- why }})
		defer d.Close()
		o := observes(t, d)
		client, cut := dials(t, d, &word.Attach{Token: word.Token{1}}, Program{Name: "mean", Pid: 9})
		hear[*word.Attached](t, client)
		cut()
		<-time.After(13 * time.Second)
		say(t, o, &word.Shutdown{Question: 2})
		if x := hear[*word.Inspected](t, o); x.Refused != "mean (pid 9), which is cut off and has 47s to come back, is attached" {
			t.Errorf("it is refused for %q", x.Refused)
		}
		<-time.After(47 * time.Second)
		synctest.Wait()
		say(t, o, &word.Shutdown{Question: 3})
		if x := hear[*word.Inspected](t, o); x.Refused != "" || <-ends != Asked {
			t.Errorf("later it is refused for %q", x.Refused)
		}
	})
}

func TestAProgramThatHasEndedIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, agent := keeps(t)
		released := make(chan time.Time, 1)
		client, cut := dials(t, d.Driver, &word.Attach{Token: word.Token{1}}, Program{Name: "mean", Pid: 9, Hold: func() func() {
			return func() { released <- time.Now() }
		}})
		hear[*word.Attached](t, client)
		hear[*word.Welcome](t, client)
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		hear[*word.Assign](t, agent)
		d.dead.Store(9)
		began := time.Now()
		cut()
		hear[*word.Cancel](t, agent)
		if took := (<-released).Sub(began); took > time.Second {
			t.Errorf("it was waited for for %v", took)
		}
		if d.said() != "" {
			t.Errorf("the log says %s", d.said())
		}
	})
}

func TestWhoDoesNotAttachIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{})
		defer d.Close()
		_, theirs := Pipe()
		begin := time.Now()
		if err := d.Attach(theirs, Program{}); err == nil || time.Since(begin) != joinTime {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
		ours, theirs := Pipe()
		say(t, ours, &word.Leave{})
		if err := d.Attach(theirs, Program{}); err == nil || !strings.Contains(err.Error(), "*word.Leave before it attached") {
			t.Errorf("one who does not attach: %v", err)
		}
		hear[*word.Gone](t, ours)
	})
}

func TestAClientThatHeardWhatWasNotSaidIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := keeps(t)
		token := word.Token{4}
		client, cut := dials(t, d.Driver, &word.Attach{Token: token}, Program{})
		hear[*word.Attached](t, client)
		cut()
		client, _ = dials(t, d.Driver, &word.Attach{Token: token, Again: true, Heard: 99}, Program{})
		if g := hear[*word.Gone](t, client); !strings.Contains(g.Why, "has heard 99 words") {
			t.Errorf("it is told %q", g.Why)
		}
	})
}
