package sched

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

var update = flag.Bool("update", false, "rewrite the stories in testdata; read the difference before you commit it")

// TestScripts runs every script of testdata. A line that begins with ">" is a command, explained in play.do; what comes of
// it stands below. Comments begin with "#". All invariants are checked after every command.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := tellStory(t, string(data))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(data) {
				t.Errorf("%s tells another story (run with -update and read the difference):\n%s", file, got)
			}
		})
	}
}

// tellStory returns the script with what its commands do now.
func tellStory(t *testing.T, script string) string {
	var b strings.Builder
	p := &play{s: New(Config{})}
	for n, line := range strings.Split(strings.TrimRight(script, "\n"), "\n") {
		command, ok := strings.CutPrefix(line, "> ")
		if !ok {
			if line == "" || strings.HasPrefix(line, "#") {
				fmt.Fprintln(&b, line)
			}
			continue
		}
		fmt.Fprintln(&b, line)
		out, err := p.do(strings.Fields(command))
		if err != nil {
			t.Fatalf("line %d: %q: %v", n+1, command, err)
		}
		for _, l := range out {
			fmt.Fprintln(&b, l)
		}
		if err := p.s.Check(); err != nil {
			t.Fatalf("line %d: after %q: %v", n+1, command, err)
		}
	}
	return b.String()
}

// play is a scheduler that is driven by a script.
type play struct {
	s *State
}

// do carries a command out:
//
//	config term=2 window=4 deaths=2 expect=2 overtaken=3
//	join AGENT NAME slots=2 memory=100 RESOURCE=2 [held BLOCK…]
//	lost AGENT WHY…
//	submit CLIENT RUN all|INDEX,INDEX TASK…      a task is traits:f(INPUTS)*REPEAT; see readGraph
//	done AGENT BLOCK…          failed AGENT BLOCK TEXT
//	returned AGENT BLOCK…      started AGENT BLOCK…      blocked AGENT BLOCK…      damaged AGENT BLOCK…
//	missing AGENT CONSUMER@ATTEMPT BLOCK HOLDER
//	unreachable AGENT PEER
//	release CLIENT RUN all|INDEX…   cancel CLIENT RUN all|INDEX…   leave CLIENT
//	plan   explain TASK   stats
func (p *play) do(f []string) (out []string, err error) {
	r := &reader{f: f}
	name := r.word()
	var ev Event
	switch name {
	case "config":
		p.s = New(Config{Term: uint32(r.option("term")), WindowTasks: int(r.option("window")), Deaths: int(r.option("deaths")), Expect: int(r.option("expect")),
			StealNanos: r.option("steal"), Overtaken: int(r.option("overtaken"))})
		return nil, r.err
	case "plan":
		return show(p.s.Plan(0, nil)), r.err
	case "explain":
		e := p.s.Explain(r.task())
		return []string{e.State + ": " + e.Why}, r.err
	case "stats":
		st := p.s.Stats()
		out = append(out, fmt.Sprintf("%d agents, %d slots, %d runs, %d assigned, %d queued, %d blocks of %d bytes",
			st.Agents, st.Slots, st.Runs, st.Running, st.Waiting, st.Blocks, st.Bytes))
		for _, g := range st.Groups {
			out = append(out, fmt.Sprintf("client %d %s: %d of %d done, %d failed, %d cancelled", g.Client, g.Name, g.Done, g.Total, g.Failed, g.Cancelled))
		}
		return out, r.err
	case "join":
		ev = AgentJoined{word.Agent(r.number()), r.join()}
	case "before":
		ev = FailedBefore{&word.Failed{Block: r.block(), Failure: []byte(r.rest())}}
	case "past":
		ev = Past{Task: r.task(), Suspected: uint8(r.option("suspected")), Bytes: uint64(r.option("bytes")), Times: uint8(r.option("times"))}
	case "lost":
		ev = AgentLost{word.Agent(r.number()), r.rest()}
	case "submit":
		c, id := word.Client(r.number()), word.Run(r.number())
		all, list := r.indices()
		ev = Submitted{c, id, r.readGraph(), all, list}
	case "release":
		c, w := word.Client(r.number()), &word.Release{Run: word.Run(r.number())}
		w.All, w.Tasks = r.indices()
		ev = ClientWord{c, w}
	case "cancel":
		c, w := word.Client(r.number()), &word.CancelTasks{Run: word.Run(r.number())}
		w.All, w.Tasks = r.indices()
		ev = ClientWord{c, w}
	case "leave":
		ev = ClientGone{word.Client(r.number())}
	default:
		a := word.Agent(r.number())
		ev = AgentWord{a, r.agentWord(name)}
	}
	if r.err != nil {
		return nil, r.err
	}
	return show(p.s.Step(0, ev, nil)), nil
}

func show(effects []Effect) (out []string) {
	for _, e := range effects {
		out = append(out, e.String())
	}
	return out
}

// reader reads the words of a command and remembers the first mistake.
type reader struct {
	f   []string
	err error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

func (r *reader) word() string {
	if len(r.f) == 0 {
		r.fail("the line is too short")
		return ""
	}
	w := r.f[0]
	r.f = r.f[1:]
	return w
}

func (r *reader) rest() string {
	s := strings.Join(r.f, " ")
	r.f = nil
	return s
}

func (r *reader) parse(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		r.fail("%q is no number", s)
	}
	return n
}

func (r *reader) number() int { return r.parse(r.word()) }

// option takes name=value from anywhere in the rest of the line.
func (r *reader) option(name string) int64 {
	for n, w := range r.f {
		if v, ok := strings.CutPrefix(w, name+"="); ok {
			r.f = append(r.f[:n:n], r.f[n+1:]...)
			return int64(r.parse(v))
		}
	}
	return 0
}

func (r *reader) taskOf(s string) word.Task {
	a, b, ok := strings.Cut(s, "/")
	if !ok {
		r.fail("%q is no task", s)
	}
	return word.Task{Run: word.Run(r.parse(a)), Index: graph.Index(r.parse(b))}
}

func (r *reader) task() word.Task { return r.taskOf(r.word()) }

func (r *reader) block() word.Block {
	t, at, _ := strings.Cut(r.word(), "@")
	term, count, ok := strings.Cut(at, ".")
	if !ok {
		r.fail("%q is no attempt", at)
		return word.Block{}
	}
	return word.Block{Task: r.taskOf(t), Attempt: word.Attempt{Term: uint32(r.parse(term)), Count: uint32(r.parse(count))}}
}

func (r *reader) blocks() (list []word.Block) {
	for len(r.f) > 0 {
		list = append(list, r.block())
	}
	return list
}

func (r *reader) indices() (all bool, list []graph.Index) {
	w := r.word()
	if w == "all" {
		return true, nil
	}
	for _, x := range strings.Split(w, ",") {
		list = append(list, graph.Index(r.parse(x)))
	}
	return false, list
}

func (r *reader) join() word.Join {
	j := word.Join{Name: r.word(), Slots: uint32(r.option("slots")), Memory: r.option("memory")}
	for len(r.f) > 0 {
		w := r.word()
		if w == "held" {
			for _, b := range r.blocks() {
				j.Blocks = append(j.Blocks, word.Held{Block: b, Bytes: 10})
			}
			break
		}
		name, v, _ := strings.Cut(w, "=")
		j.Resources = append(j.Resources, word.Resource{Name: name, Amount: 1000 * uint32(r.parse(v))})
	}
	return j
}

func (r *reader) agentWord(name string) any {
	switch name {
	case "done":
		d := &word.Done{}
		nanos := r.option("nanos")
		for _, b := range r.blocks() {
			d.Tasks = append(d.Tasks, word.Finished{Block: b, Bytes: 10, Nanos: max(nanos, 1000)})
		}
		return d
	case "failed":
		return &word.Failed{Block: r.block(), Failure: []byte(r.rest())}
	case "exceeded":
		return &word.Failed{Block: r.block(), Failure: []byte(r.rest()), Exceeded: true}
	case "damaged":
		return &word.Lost{Blocks: r.blocks()}
	case "returned":
		return &word.Returned{Tasks: r.blocks()}
	case "started":
		return &word.Started{Tasks: r.blocks()}
	case "blocked":
		return &word.Blocked{Tasks: r.blocks()}
	case "missing":
		c := r.block()
		return &word.InputMissing{Task: c.Task, Attempt: c.Attempt, Input: word.Input{Block: r.block(), Holder: word.Agent(r.number())}}
	case "unreachable":
		return &word.Unreachable{Peer: word.Agent(r.number())}
	}
	r.fail("no command %q", name)
	return nil
}

// readGraph reads tasks. Each is a name, after traits with a colon each (impure, gang, gpu, gpu2, cpu2, memory=N, on=NAME, prio=N, retries=N,
// long: 10 s), before inputs in brackets (5: of this graph, 1/5: of run 1, 1/5+3: a list of three), before *N to have it N
// times.
func (r *reader) readGraph() *graph.Graph {
	b := graph.NewBuilder()
	site := b.Site(0)
	ops := map[string]uint32{}
	for len(r.f) > 0 {
		w := r.word()
		times := 1
		if head, n, ok := strings.Cut(w, "*"); ok {
			w, times = head, r.parse(n)
		}
		w, inputs, _ := strings.Cut(strings.TrimSuffix(w, ")"), "(")
		parts := strings.Split(w, ":")
		name := parts[len(parts)-1]
		if _, ok := ops[name]; !ok {
			ops[name] = b.Op(graph.Op{Name: "go/" + name, Outputs: 1})
		}
		call := b.Call(graph.Call{Op: ops[name], Traits: b.Traits(r.traits(parts[:len(parts)-1])), Site: site})
		var args []graph.Ref
		for _, in := range strings.Split(inputs, ",") {
			switch run, rest, ext := strings.Cut(in, "/"); {
			case in == "":
			case !ext:
				args = append(args, graph.OutputRef(graph.Index(r.parse(in)), 0))
			default:
				first, count, list := strings.Cut(rest, "+")
				e := graph.External{Submission: uint64(r.parse(run)), Task: graph.Index(r.parse(first)), List: list}
				if list {
					e.Count = uint32(r.parse(count))
				}
				args = append(args, b.External(e))
			}
		}
		for range times {
			b.Add(call, args...)
		}
	}
	g, err := b.Build()
	if err != nil {
		r.fail("%v", err)
		return nil
	}
	return g
}

func (r *reader) traits(words []string) (t graph.Traits) {
	for _, w := range words {
		key, v, _ := strings.Cut(w, "=")
		switch key {
		case "impure":
			t.Impure = true
		case "gang":
			t.Lifetime = graph.LifetimeGang
		case "gpu":
			t.Needs.GPU = 1000
		case "gpu2":
			t.Needs.GPU = 2000
		case "memory":
			t.Needs.Memory = int64(r.parse(v))
		case "cpu2":
			t.Needs.CPU = 2000
		case "on":
			t.Worker = v
		case "prio":
			t.Priority = int32(r.parse(v))
		case "retries":
			t.Retries = uint16(r.parse(v))
		case "long":
			t.Hints.Seconds = 10
		default:
			r.fail("no trait %q", w)
		}
	}
	return t
}
