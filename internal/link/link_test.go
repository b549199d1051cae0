package link

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

func small(n int) *word.Subscribe {
	return &word.Subscribe{Blocks: []word.Block{{Task: word.Task{Run: 1, Index: graph.Index(n)}, Attempt: word.Attempt{Term: 1, Count: 1}}}}
}

// noise returns n random bytes.
func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for k := range b {
		b[k] = byte(r.Uint32())
	}
	return b
}

func seeded(t *testing.T) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// collect receives until the connection ends, and answers with what came and why it ended.
func collect(c *Conn) func() ([]any, error) {
	type result struct {
		words []any
		err   error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		for {
			w, err := c.Receive()
			if err != nil {
				r.err = err
				done <- r
				return
			}
			r.words = append(r.words, w)
		}
	}()
	return func() ([]any, error) {
		r := <-done
		return r.words, r.err
	}
}

// serve is like collect by Serve.
func serve(c *Conn) func() ([]any, error) {
	var words []any
	done := make(chan error, 1)
	go func() { done <- c.Serve(func(w any) { words = append(words, w) }) }()
	return func() ([]any, error) {
		err := <-done
		return words, err
	}
}

// poll is like serve with somebody who polls all the time.
func poll(c *Conn) func() ([]any, error) {
	end := serve(c)
	polled := make(chan struct{})
	go func() {
		defer close(polled)
		for c.err() == nil {
			c.Poll()
			runtime.Gosched()
		}
	}()
	return func() ([]any, error) {
		words, err := end()
		<-polled
		return words, err
	}
}

func TestWordsArriveInOrderAndBlocksWhole(t *testing.T) {
	ways := map[string]func(*Conn) func() ([]any, error){"receive": collect, "serve": serve, "poll": poll}
	for _, network := range networks {
		for name, way := range ways {
			t.Run(network+"/"+name, func(t *testing.T) { testArrival(t, network, way) })
		}
	}
}

func testArrival(t *testing.T, network string, collect func(*Conn) func() ([]any, error)) {
	r := seeded(t)
	here, there := pair(t, network, Options{})
	credit := collect(here)
	got := collect(there)
	var words []any
	blocks := map[word.Block]*word.Delivery{}
	count := 0
	for k := range 400 {
		var w any
		switch r.IntN(12) {
		case 0:
			w = &word.Gone{Why: string(noise(r, r.IntN(200<<10)))}
		case 1:
			w = &word.Gone{Why: string(noise(r, maxPayload-8+r.IntN(16)))} // around the limit of a frame
		case 2:
			d := &word.Delivery{Block: word.Block{Task: word.Task{Run: 2, Index: graph.Index(k)}}}
			for range r.IntN(4) {
				d.Outputs = append(d.Outputs, noise(r, r.IntN(2)*r.IntN(600<<10)))
			}
			blocks[d.Block] = d
			w = d
		default:
			w = small(k)
		}
		if _, ok := w.(*word.Delivery); !ok {
			words = append(words, w)
		}
		send := here.Send
		if r.IntN(2) == 0 {
			send = here.Put
		}
		if err := send(w); err != nil {
			t.Fatal(err)
		}
		count++
	}
	here.Flush()
	for { // Close drops blocks that were not sent yet
		if w, b := here.Queued(); w+b == 0 {
			break
		}
		select {
		case <-here.ended:
			t.Fatal(here.err())
		default:
		}
	}
	here.Close()
	arrived, err := got()
	if err != io.EOF {
		t.Errorf("the connection ended with %v", err)
	}
	if _, err := credit(); !errors.Is(err, ErrClosed) {
		t.Errorf("the closed side ended with %v", err)
	}
	n := 0
	for _, w := range arrived {
		if d, ok := w.(*word.Delivery); ok {
			sent := blocks[d.Block]
			delete(blocks, d.Block)
			if sent == nil || len(sent.Outputs) != len(d.Outputs) {
				t.Fatalf("block %v was not sent, or arrived twice, or with %d outputs", d.Block, len(d.Outputs))
			}
			for k := range d.Outputs {
				if !bytes.Equal(d.Outputs[k], sent.Outputs[k]) {
					t.Fatalf("output %d of block %v is another one", k, d.Block)
				}
			}
			continue
		}
		if !reflect.DeepEqual(w, words[n]) {
			t.Fatalf("word %d is another one", n)
		}
		n++
	}
	if n != len(words) || len(blocks) > 0 {
		t.Errorf("%d words of %d arrived, and %d blocks did not", n, len(words), len(blocks))
	}
}

func TestABlockHoldsNoWordUp(t *testing.T) {
	for _, network := range networks {
		here, there := pair(t, network, Options{})
		credit := collect(here)
		d := &word.Delivery{Outputs: [][]byte{make([]byte, 64<<20)}}
		if err := errors.Join(here.Send(d), here.Send(small(1))); err != nil {
			t.Fatal(err)
		}
		for k, want := range []word.Kind{word.KindSubscribe, word.KindDelivery} {
			w, err := there.Receive()
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := word.KindOf(w); got != want {
				t.Errorf("%s: word %d is %v, want %v", network, k, got, want)
			}
		}
		there.Close()
		credit()
	}
}

func TestASmallBlockOvertakesALargeOne(t *testing.T) {
	here, there := pair(t, "unix", Options{})
	credit := collect(here)
	for k, n := range []int{32 << 20, 100 << 10} {
		if err := here.Send(&word.Delivery{Block: word.Block{Task: word.Task{Index: graph.Index(k)}}, Outputs: [][]byte{make([]byte, n)}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []graph.Index{1, 0} {
		w, err := there.Receive()
		if err != nil || w.(*word.Delivery).Block.Task.Index != want {
			t.Fatalf("%v %v, want block %d", w, err, want)
		}
	}
	there.Close()
	credit()
}

func TestBlocksAreReadIntoTheMemoryOfTheReceiver(t *testing.T) {
	var memory []byte
	here, there := pair(t, "unix", Options{Buffer: func(n int) []byte {
		memory = make([]byte, n)
		return memory
	}})
	sent := [][]byte{bytes.Repeat([]byte{1}, 100_001), {}, bytes.Repeat([]byte{2}, 300_000), {3}, {}}
	if err := here.Send(&word.Delivery{Outputs: sent}); err != nil {
		t.Fatal(err)
	}
	w, err := there.Receive()
	if err != nil {
		t.Fatal(err)
	}
	got := w.(*word.Delivery).Outputs
	if len(got) != len(sent) {
		t.Fatalf("%d outputs", len(got))
	}
	if &got[0][0] != &memory[0] {
		t.Error("the first output is not at the beginning of the memory")
	}
	for k := range sent {
		if !bytes.Equal(got[k], sent[k]) {
			t.Errorf("output %d is another one", k)
		}
	}
}

func TestBothSidesKnowEachOther(t *testing.T) {
	for _, network := range []string{"unix", "tls"} {
		launcher, member := identity(t)
		here := Options{Identity: member, Hello: Hello{
			Role: RoleAgent, Name: "worker 1", Code: graph.CodeID{1, 2, 3},
		}}
		there := Options{Identity: launcher, Hello: Hello{Role: RoleScheduler, Name: "leader"}, Address: place(t, network)}
		l := listen(t, there)
		if !strings.HasPrefix(l.Addr(), network+":") {
			t.Errorf("address %q", l.Addr())
		}
		for range 2 { // with a certificate that is asked for, and with one that is there
			agent, err := Dial(context.Background(), l.Addr(), here)
			if err != nil {
				t.Fatal(err)
			}
			scheduler, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range []struct {
				got  Hello
				want Hello
			}{{scheduler.Peer(), here.withDefaults().Hello}, {agent.Peer(), there.withDefaults().Hello}} {
				c.want.Version = Version
				if !reflect.DeepEqual(c.got, c.want) {
					t.Errorf("%s: got %+v, want %+v", network, c.got, c.want)
				}
			}
			agent.Close()
			scheduler.Close()
		}
		if n := l.Refused(); n != 0 {
			t.Errorf("%s: %d refused", network, n)
		}
	}
}

func TestPeersOfTheSameClusterReachEachOther(t *testing.T) {
	launcher, _ := identity(t)
	l := listen(t, Options{Identity: launcher, Address: place(t, "tls")})
	var members []*Identity
	for range 2 {
		text, err := launcher.Issue()
		if err != nil {
			t.Fatal(err)
		}
		member, err := ParseIdentity(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Listen(context.Background(), Options{Identity: member, Address: place(t, "tls")}); !errors.Is(err, errNoCertificate) {
			t.Errorf("listening without a certificate: %v", err)
		}
		c, err := Dial(context.Background(), l.Addr(), Options{Identity: member, Hello: Hello{Role: RoleAgent}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		members = append(members, member)
	}
	holder := listen(t, Options{Identity: members[0], Address: place(t, "tls"), Hello: Hello{Role: RolePeer}})
	c, err := Dial(context.Background(), holder.Addr(), Options{Identity: members[1], Hello: Hello{Role: RolePeer}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// An agent cannot pose as the scheduler.
	if c, err := Dial(context.Background(), holder.Addr(), Options{Identity: members[1], Hello: Hello{Role: RoleAgent}}); err == nil {
		c.Close()
		t.Error("an agent was taken for the scheduler")
	}
	// Nor sign keys.
	if _, err := members[0].Issue(); err == nil {
		t.Error("an agent issued credentials")
	}
}

func TestWordsQueuedBeforeCloseArrive(t *testing.T) {
	for _, network := range networks {
		here, there := pair(t, network, Options{})
		const n = 20_000
		got := collect(there)
		for k := range n {
			if err := here.Send(small(k)); err != nil {
				t.Fatal(err)
			}
		}
		here.Close()
		if err := here.Send(small(0)); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: Send after Close: %v", network, err)
		}
		words, err := got()
		if len(words) != n || err != io.EOF {
			t.Errorf("%s: %d words of %d, %v", network, len(words), n, err)
		}
		if err := there.Send(small(0)); err != io.EOF {
			t.Errorf("%s: Send to one who closed: %v", network, err)
		}
	}
}

// Who writes to a side that has closed still reads what that side said before. Over TCP the system may have thrown it away.
func TestTheLastWordsAreReadAfterAWriteThatFailed(t *testing.T) {
	agent, scheduler := pair(t, "unix", Options{})
	if err := scheduler.Send(small(7)); err != nil {
		t.Fatal(err)
	}
	if err := scheduler.Close(); err != nil {
		t.Fatal(err)
	}
	for agent.Send(small(1)) == nil { // until the writer has noticed
		runtime.Gosched()
	}
	if w, err := agent.Receive(); err != nil || !reflect.DeepEqual(w, small(7)) {
		t.Fatalf("%v, %v, want the word that was sent", w, err)
	}
	for range 2 {
		if w, err := agent.Receive(); err != io.EOF {
			t.Errorf("%v, %v, want the end on purpose", w, err)
		}
	}
	if err := agent.Close(); err != nil {
		t.Error(err)
	}
}

func TestACutConnectionSaysSo(t *testing.T) {
	here, there := pair(t, "unix", Options{})
	here.nc.Close() // as when its process dies
	if _, err := there.Receive(); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), `agent "worker"`) {
		t.Errorf("got %v", err)
	}
}

func TestALongListIsSentInParts(t *testing.T) {
	here, there := pair(t, "unix", Options{})
	blocks := make([]word.Block, word.MaxItems+10)
	if err := here.Send(&word.Free{Blocks: blocks}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for n < len(blocks) {
		w, err := there.Receive()
		if err != nil {
			t.Fatal(err)
		}
		n += len(w.(*word.Free).Blocks)
	}
	if n != len(blocks) {
		t.Errorf("%d blocks of %d", n, len(blocks))
	}
}

func TestAWordThatCannotBeWrittenLeavesTheOthersAlone(t *testing.T) {
	here, there := pair(t, "unix", Options{MaxWord: 100_000})
	for k, w := range []any{small(0), "text", &word.Settled{Tasks: make([]word.Outcome, 1)}, &word.Gone{Why: string(make([]byte, 100_000))}, small(1)} {
		if err := here.Send(w); (err != nil) != (k > 0 && k < 4) {
			t.Errorf("word %d: %v", k, err)
		}
	}
	for k := range 2 {
		if w, err := there.Receive(); err != nil || !reflect.DeepEqual(w, small(k)) {
			t.Fatal(fmt.Sprint(w), err)
		}
	}
}

// Whoever has served a connection may go on with the next one: nobody hears anything of the old one any more.
func TestServeEndsAfterWhatIsBeingHeard(t *testing.T) {
	_, c := pair(t, "unix", Options{})
	if c.direct == nil {
		t.Skip("nobody polls here")
	}
	served := make(chan error, 1)
	go func() { served <- c.Serve(func(any) {}) }()
	for !c.in.waiting.Load() {
		runtime.Gosched()
	}
	c.in.mu.Lock() // as Poll does that hears something
	c.fail(ErrSilent)
	select {
	case err := <-served:
		t.Error("it has ended while something is being heard")
		served <- err
	case <-time.After(20 * time.Millisecond): // which is long for one that does not wait
	}
	c.in.mu.Unlock()
	if err := <-served; err != ErrSilent {
		t.Errorf("it ended with %v", err)
	}
}
