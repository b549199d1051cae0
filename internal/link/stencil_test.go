package link

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// The stencil of docs/decisions/0006-pull-or-subscribe.md: two processes with half of the columns each, and one task for each column in each step,
// which takes the results of its neighbours in the step before. So in each step one value crosses the border in each direction.
//
// The other process is this test binary again. Who leads tells it on its standard input what to play.

// playVariable says to the test binary that it is the other process, and where the bare socket is.
const playVariable = "BRAID_LINK_STENCIL"

// A play is one run of the stencil.
type play struct {
	mode              string
	width, steps, its int
}

// The modes.
const (
	playBare = "bare" // no engine: eight bytes over a socket, read and written by who computes
	playPush = "push" // the holder knows the consumer and sends
	playPull = "pull" // the consumer has asked for the blocks of its whole window
	playAsk  = "ask"  // the consumer asks when it needs a block
)

const window = 200 // steps that a consumer asks ahead for, half a window at a time

// A half is one of the two processes.
type half struct {
	rank int
	bare net.Conn
	conn *Conn

	mu         sync.Mutex
	here       sync.Cond
	arrived    map[word.Block]int64
	made       map[word.Block]int64
	subscribed map[word.Block]bool
	ready      int // rounds that the other has announced to be ready for
	err        error
}

func newHalf(rank int, bare net.Conn, conn *Conn) *half {
	h := &half{rank: rank, bare: bare, conn: conn}
	h.here.L = &h.mu
	h.clear()
	return h
}

func (h *half) clear() {
	h.arrived, h.made, h.subscribed = map[word.Block]int64{}, map[word.Block]int64{}, map[word.Block]bool{}
}

// border names the block of a step that a rank gives to the other.
func border(p play, rank, step int) word.Block {
	column := p.width/2 - 1 + rank
	return word.Block{Task: word.Task{Run: 1, Index: graph.Index(step*p.width + column)}, Attempt: word.Attempt{Term: 1, Count: 1}}
}

func delivery(b word.Block, v int64) *word.Delivery {
	return &word.Delivery{Block: b, Outputs: [][]byte{binary.LittleEndian.AppendUint64(nil, uint64(v))}}
}

// listen takes in what the other process says.
func (h *half) listen() {
	for {
		w, err := h.conn.Receive()
		h.mu.Lock()
		if err != nil {
			h.err = err
			h.here.Broadcast()
			h.mu.Unlock()
			return
		}
		var answers []*word.Delivery
		switch w := w.(type) {
		case *word.Delivery:
			h.arrived[w.Block] = int64(binary.LittleEndian.Uint64(w.Outputs[0]))
			h.here.Signal()
		case *word.Subscribe:
			for _, b := range w.Blocks {
				if v, ok := h.made[b]; ok {
					answers = append(answers, delivery(b, v))
				} else {
					h.subscribed[b] = true
				}
			}
		case *word.Leave: // a play is about to begin
			h.ready++
			h.here.Signal()
		}
		h.mu.Unlock()
		for _, d := range answers {
			h.conn.Send(d)
		}
	}
}

// give says that a block of ours is there.
func (h *half) give(p play, step int, v int64) {
	b := border(p, h.rank, step)
	switch p.mode {
	case playBare:
		var data [8]byte
		binary.LittleEndian.PutUint64(data[:], uint64(v))
		h.bare.Write(data[:])
		return
	case playPush:
		h.conn.Send(delivery(b, v))
		return
	}
	h.mu.Lock()
	h.made[b] = v
	wanted := h.subscribed[b]
	delete(h.subscribed, b)
	h.mu.Unlock()
	if wanted {
		h.conn.Send(delivery(b, v))
	}
}

// want asks for the blocks of the other that are needed from a step on.
func (h *half) want(p play, step int) {
	n := 0
	switch {
	case p.mode == playAsk:
		n = 1
	case p.mode == playPull && step == 0:
		n = window
	case p.mode == playPull && step%(window/2) == 0:
		step += window / 2
		n = window / 2
	}
	var blocks []word.Block
	for t := step; t < min(step+n, p.steps-1); t++ {
		blocks = append(blocks, border(p, 1-h.rank, t))
	}
	if len(blocks) > 0 {
		h.conn.Send(&word.Subscribe{Blocks: blocks})
	}
}

// take waits for a block of the other.
func (h *half) take(p play, step int) (int64, error) {
	if p.mode == playBare {
		var data [8]byte
		_, err := io.ReadFull(h.bare, data[:])
		return int64(binary.LittleEndian.Uint64(data[:])), err
	}
	b := border(p, 1-h.rank, step)
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		if v, ok := h.arrived[b]; ok {
			delete(h.arrived, b)
			return v, nil
		}
		if h.err != nil {
			return 0, h.err
		}
		h.here.Wait()
	}
}

// begin waits until both are ready.
func (h *half) begin(round int) error {
	h.mu.Lock()
	h.clear()
	h.mu.Unlock()
	if err := h.conn.Send(&word.Leave{}); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.ready < round && h.err == nil {
		h.here.Wait()
	}
	return h.err
}

// run plays our half and returns the value at the border of the last step.
func (h *half) run(p play) (int64, error) {
	values, next := make([]int64, p.width/2), make([]int64, p.width/2)
	for step := range p.steps {
		h.want(p, step)
		other := int64(0)
		if step > 0 {
			var err error
			if other, err = h.take(p, step-1); err != nil {
				return 0, err
			}
		}
		// The task at the border first, because somebody waits for it. Column 0 is the one at the border.
		for k := range values {
			sum := values[k] + int64(spin(p.its))
			if k > 0 {
				sum += values[k-1]
			} else {
				sum += other
			}
			if k+1 < len(values) {
				sum += values[k+1]
			}
			next[k] = sum%1_000_003 + 1
			if k == 0 && step < p.steps-1 {
				h.give(p, step, next[0])
			}
		}
		values, next = next, values
	}
	return values[0], nil
}

// spin does n multiplications and additions, one after the other.
//
//go:noinline
func spin(n int) float64 {
	x := 1.0
	for range n {
		x = x*0.75 + 0.125
	}
	return 1 - min(x, 1)
}

// playStencil is the other process: the exit code.
func playStencil(path string) int {
	if err := follow(path); err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintln(os.Stderr, "stencil:", err)
		return 1
	}
	return 0
}

func follow(path string) error {
	in := bufio.NewReader(os.Stdin)
	var text, addr string
	if _, err := fmt.Fscanln(in, &text, &addr); err != nil {
		return err
	}
	credentials, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return err
	}
	identity, err := ParseIdentity(credentials)
	if err != nil {
		return err
	}
	bare, err := net.Dial("unix", path)
	if err != nil {
		return err
	}
	defer bare.Close()
	conn, err := Dial(context.Background(), addr, Options{Identity: identity, Hello: Hello{Role: RolePeer}})
	if err != nil {
		return err
	}
	defer conn.Close()
	h := newHalf(1, bare, conn)
	go h.listen()
	for round := 1; ; round++ {
		var p play
		if _, err := fmt.Fscanln(in, &p.mode, &p.width, &p.steps, &p.its); err != nil {
			return err
		}
		if err := h.begin(round); err != nil {
			return err
		}
		v, err := h.run(p)
		if err != nil {
			return err
		}
		fmt.Println(v)
	}
}

// A stage is the process that leads, with the other one.
type stage struct {
	*half
	round int
	tell  io.WriteCloser
	hear  *bufio.Reader
}

func newStage(b *testing.B) *stage {
	launcher, _ := identity(b)
	text, err := launcher.Issue()
	if err != nil {
		b.Fatal(err)
	}
	path := privateFolder(b) + "/bare"
	nl, err := net.Listen("unix", path)
	if err != nil {
		b.Fatal(err)
	}
	defer nl.Close()
	l := listen(b, Options{Identity: launcher, Address: place(b, "unix"), Hello: Hello{Role: RolePeer}})
	binary, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), playVariable+"="+path)
	cmd.Stderr = os.Stderr
	tell, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	hear, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		tell.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	})
	fmt.Fprintln(tell, base64.StdEncoding.EncodeToString(text), l.Addr())
	bare, err := nl.Accept()
	if err != nil {
		b.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	s := &stage{newHalf(0, bare, conn), 0, tell, bufio.NewReader(hear)}
	done := make(chan struct{})
	go func() { s.listen(); close(done) }()
	b.Cleanup(func() { conn.Close(); bare.Close(); <-done })
	return s
}

// play plays once and returns how long it took until both had ended.
func (s *stage) play(b *testing.B, p play) time.Duration {
	s.round++
	fmt.Fprintln(s.tell, p.mode, p.width, p.steps, p.its)
	if err := s.begin(s.round); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	v, err := s.run(p)
	if err != nil {
		b.Fatal(err)
	}
	var other int64
	if _, err := fmt.Fscanln(s.hear, &other); err != nil {
		b.Fatal(err)
	}
	d := time.Since(start)
	if v != other { // the halves are mirrors of each other
		b.Fatalf("%+v: the halves ended with %d and %d", p, v, other)
	}
	return d
}

// rate returns the nanoseconds of one iteration of the kernel on one core.
func rate() float64 {
	const n = 1 << 20
	best := math.Inf(1)
	for range 5 {
		start := time.Now()
		spin(n)
		best = min(best, float64(time.Since(start).Nanoseconds())/n)
	}
	return best
}

var modes = []string{playBare, playPush, playPull, playAsk}

// BenchmarkStencil plays all modes in turn, so that what else the machine does meets all of them, with tasks of several
// lengths. It reports the median time of a step without an engine, and the medians of the others as multiples of it.
func BenchmarkStencil(b *testing.B) {
	s := newStage(b)
	perIteration := rate()
	for _, width := range []int{2, 64} {
		for _, task := range []int{0, 1000, 10_000, 50_000} { // nanoseconds
			b.Run(fmt.Sprintf("w%d/%v", width, time.Duration(task)), func(b *testing.B) {
				steps := max(200, int(50e6/float64(task*width/2+20_000)))
				times := map[string][]float64{}
				for b.Loop() {
					for _, mode := range modes {
						d := s.play(b, play{mode, width, steps, int(float64(task) / perIteration)})
						times[mode] = append(times[mode], float64(d.Nanoseconds())/float64(steps)/1000)
					}
				}
				floor := median(times[playBare])
				b.ReportMetric(floor, "µs/step")
				b.ReportMetric(slices.Min(times[playBare]), "least-µs/step")
				for _, mode := range modes[1:] {
					b.ReportMetric(median(times[mode])/floor, mode+"/bare")
				}
			})
		}
	}
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// BenchmarkStencilMETG reports the granularity of tasks, time × cores / tasks, at which half of the time of two cores is spent
// in them. It needs both cores for itself: where others run, no length of tasks reaches half.
func BenchmarkStencilMETG(b *testing.B) {
	s := newStage(b)
	for _, width := range []int{2, 64} {
		for _, mode := range modes {
			b.Run(fmt.Sprintf("w%d/%s", width, mode), func(b *testing.B) {
				var all []float64
				for b.Loop() {
					if m := s.metg(b, mode, width); m > 0 {
						all = append(all, m/1000)
					}
				}
				if len(all) == 0 {
					b.Skip("no length of tasks reached half: are other programs running?")
				}
				b.ReportMetric(median(all), "µs-metg50")
			})
		}
	}
}

// metg returns the granularity in nanoseconds, 0 if half is never reached.
func (s *stage) metg(b *testing.B, mode string, width int) float64 {
	perIteration := rate()
	lastTask, lastEfficiency := 0.0, 0.0
	for task := 50.0; task < 1e6; task *= 1.5 {
		steps := max(50, int(20e6/(task*float64(width/2)+5000)))
		p := play{mode, width, steps, max(1, int(task/perIteration))}
		wall := math.Inf(1)
		for range 3 {
			wall = min(wall, float64(s.play(b, p).Nanoseconds()))
		}
		efficiency := float64(p.its) * perIteration * float64(width/2*steps) / wall
		if efficiency >= 0.5 {
			if lastTask == 0 {
				return 2 * task
			}
			// Between this length and the one before, on a straight line in the logarithm of the length.
			f := (0.5 - lastEfficiency) / (efficiency - lastEfficiency)
			return 2 * lastTask * math.Pow(task/lastTask, f)
		}
		lastTask, lastEfficiency = task, efficiency
	}
	return 0
}
