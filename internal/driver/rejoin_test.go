package driver

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/internal/word"
)

// waits is a driver that waits for agents for ten seconds, whose processes live unless they are the dead one.
func waits(t *testing.T) (d *Driver, lost <-chan string, dead *atomic.Uint32, said func() string) {
	dead = new(atomic.Uint32)
	var mu sync.Mutex
	var lines []string
	losses := make(chan string, 9)
	d = New(Config{
		AgentTimeout: 10 * time.Second,
		Lives:        func(pid uint32) bool { return dead.Load() != pid },
		Lost:         func(_ word.Agent, why string) { losses <- why },
		Log: func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, fmt.Sprintf(format, args...))
		},
	})
	t.Cleanup(d.Close)
	return d, losses, dead, func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(lines, "\n")
	}
}

// dialsAgent connects an agent that says Attach, and Join if it is new.
func dialsAgent(t *testing.T, d *Driver, w *word.Attach) (conn Conn, cut func()) {
	t.Helper()
	ours, theirs := Pipe()
	b := &breakable{Conn: theirs}
	say(t, ours, w)
	if !w.Again {
		say(t, ours, &word.Join{Name: "a", Slots: 1, Address: "nowhere", Pid: 7})
	}
	_ = d.AttachAgent(b) // what is wrong is told to the agent, too
	return ours, func() {
		b.broken.Store(true)
		_ = ours.Close()
		synctest.Wait()
	}
}

func TestAnAgentThatIsCutOffGoesOnWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, lost, _, said := waits(t)
		token := word.Token{7}
		agent, cut := dialsAgent(t, d, &word.Attach{Token: token})
		hear[*word.Attached](t, agent)
		number := hear[*word.Welcome](t, agent).Agent
		client := attaches(t, d, Program{})
		if p := hear[*word.Peer](t, client); p.Agent != number {
			t.Errorf("the client is told of agent %d, want %d", p.Agent, number)
		}
		cut()
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		hear[*word.Accepted](t, client)
		<-time.After(9 * time.Second)
		if n, _ := d.Agents(); n != 0 {
			t.Errorf("%d agents are connected", n)
		}
		agent, cut = dialsAgent(t, d, &word.Attach{Token: token, Again: true, Heard: 1})
		if a := hear[*word.Attached](t, agent); a.Heard != 1 {
			t.Errorf("the scheduler has heard %d words, want Join", a.Heard)
		}
		b := hear[*word.Assign](t, agent).Tasks[0]
		say(t, agent, &word.Done{Tasks: []word.Finished{{Block: b}}})
		if s := hear[*word.Settled](t, client); s.Tasks[0].Holder != number {
			t.Errorf("the result is %+v", s.Tasks[0])
		}
		if n, _ := d.Agents(); n != 1 || len(lost) > 0 {
			t.Errorf("there are %d agents, and %d were lost", n, len(lost))
		}
		cut()
		began := time.Now()
		if why := <-lost; time.Since(began) != 10*time.Second || !strings.Contains(why, "it has not come back within 10s: it broke") {
			t.Errorf("after %v it is lost: %s", time.Since(began), why)
		}
		if n, _ := d.Agents(); n != 0 {
			t.Errorf("in the end there are %d agents", n)
		}
		if p := hear[*word.Peer](t, client); p.Address != "" {
			t.Errorf("the client is told of %+v", p)
		}
		agent, _ = dialsAgent(t, d, &word.Attach{Token: token, Again: true, Heard: 2})
		if g := hear[*word.Gone](t, agent); !strings.Contains(g.Why, "does not know this worker any more") {
			t.Errorf("who is too late is told %q", g.Why)
		}
		for _, want := range []string{`worker "a" (pid 7) is cut off, and is waited for for 10s: it broke`, `worker "a" (pid 7) is back after 9s`} {
			if !strings.Contains(said(), want) {
				t.Errorf("the log is without %q:\n%s", want, said())
			}
		}
	})
}

func TestAnAgentWhoseProcessHasEndedIsLostAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, lost, dead, said := waits(t)
		agent, cut := dialsAgent(t, d, &word.Attach{Token: word.Token{7}})
		hear[*word.Attached](t, agent)
		began := time.Now()
		cut()
		<-time.After(5 * time.Millisecond) // until its process has really ended
		dead.Store(7)
		why := <-lost
		if took := time.Since(began); took > 20*time.Millisecond || !strings.Contains(why, "it broke") || said() != "" {
			t.Errorf("after %v it is lost: %s; the log says %q", took, why, said())
		}
	})
}

func TestAnAgentThatJoinsWithNonsenseIsRefusedInItsConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _, _, _ := waits(t)
		ours, theirs := Pipe()
		say(t, ours, &word.Attach{})
		say(t, ours, &word.Join{Name: "a"})
		if err := d.AttachAgent(theirs); err == nil || !strings.Contains(err.Error(), "no slots") {
			t.Errorf("the error is %v", err)
		}
		hear[*word.Attached](t, ours)
		if g := hear[*word.Gone](t, ours); !strings.Contains(g.Why, "no slots") {
			t.Errorf("it is told %q", g.Why)
		}
	})
}
