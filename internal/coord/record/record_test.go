package record

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

var update = flag.Bool("update", false, "write the golden bytes anew")

// submission returns a graph of n tasks that take an item each.
func submission(t testing.TB, number uint64, n int) *graph.Graph {
	t.Helper()
	b := graph.NewBuilder()
	call := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/f"}), Traits: b.Traits(graph.Traits{Retries: 2}), Site: b.AddSite(graph.Site{File: "main.go", Line: 7})})
	items := make([][]byte, n)
	for k := range items {
		items[k] = fmt.Append(nil, "item ", k)
	}
	col := b.AddLiteral(graph.Literal{Encoded: &graph.Encoded{Column: true, Items: items}})
	b.Affine(graph.Affine{Call: call, Space: []uint32{uint32(n)}, Args: []graph.AffineArg{{Ref: graph.ItemRef(col.Table(), 0), Map: graph.Identity(uint32(n))}}})
	b.Number(1, number)
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// examples has a record of each kind, as the golden bytes hold them.
func examples(t testing.TB) []any {
	return []any{
		sched.Submitted{Client: 3, Run: 300, Graph: submission(t, 9, 3), Wanted: []graph.Index{0, 2}},
		sched.Submitted{Client: math.MaxUint32, Run: math.MaxUint32, Graph: submission(t, 1, 1), All: true},
		sched.ClientWord{Client: 3, Word: &word.Release{Run: 300, Tasks: []graph.Index{0, 1}}},
		sched.ClientWord{Client: 3, Word: &word.CancelTasks{Run: 300, All: true}},
		sched.ClientWord{Client: 3, Word: &word.Leave{}},
		sched.ClientGone{Client: 3},
		sched.AgentWord{Agent: 5, Word: &word.Failed{Block: word.Block{Task: word.Task{Run: 300, Index: 2}, Attempt: word.Attempt{Term: 1, Count: 4}}, Failure: []byte("why")}},
		Over{Run: 300},
		Numbers{Run: 300, Agent: 5, Client: 3},
		Attached{Client: 3, Token: word.Token{1, 2, 15: 16}, Heard: 300, Program: "mean", Pid: 42},
		Attached{Client: 4, Token: word.Token{9}, Worker: true},
		Heard{Client: 3, Count: math.MaxUint64},
		Named{Run: 300, Client: 3, Question: 2, Name: "model", Type: "main.Model", Program: "mean"},
		Unnamed{Name: "model"},
		sched.Past{Task: word.Task{Run: 300, Index: 2}, Suspected: 3, Bytes: 1 << 40, Times: 2},
		sched.Past{Task: word.Task{Run: 1}},
	}
}

func mustAppend(t testing.TB, what any) []byte {
	t.Helper()
	data, kept, err := Append(nil, what)
	if err != nil || !kept {
		t.Fatalf("%v: %v, %v", what, kept, err)
	}
	return data
}

func TestTheRecordsAreThoseOfThePage(t *testing.T) {
	var got bytes.Buffer
	for _, x := range examples(t) {
		data := mustAppend(t, x)
		fmt.Fprintf(&got, "%d %x\n", data[0], data)
		back, err := Decode(data)
		if err != nil {
			t.Errorf("%v: %v", x, err)
			continue
		}
		if a, ok := x.(sched.Submitted); ok {
			b := back.(sched.Submitted)
			if !bytes.Equal(mustAppend(t, b), data) {
				t.Errorf("%v comes back as %v", a, b)
			}
			a.Graph, b.Graph = nil, nil
			x, back = a, b
		}
		if !reflect.DeepEqual(back, x) {
			t.Errorf("%#v comes back as %#v", x, back)
		}
	}
	const path = "testdata/records.golden"
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, got.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the bytes are\n%s\nand should be\n%s", got.Bytes(), want)
	}
}

func TestWhatAgentsTellAgainIsNotKept(t *testing.T) {
	for _, ev := range []sched.Event{
		sched.AgentJoined{Agent: 1}, sched.AgentLost{Agent: 1}, sched.AgentWord{Agent: 1, Word: &word.Done{}},
		sched.AgentWord{Agent: 1, Word: &word.Unreachable{Peer: 2}}, sched.ClientWord{Client: 1, Word: &word.Explain{}},
	} {
		if data, kept, err := Append([]byte("x"), ev); kept || err != nil || string(data) != "x" {
			t.Errorf("%v: %v, %v, %q", ev, kept, err, data)
		}
	}
}

func TestAGraphThatCannotBeWrittenIsAnError(t *testing.T) {
	b := graph.NewBuilder()
	call := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/f"}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	b.Add(call, b.AddLiteral(graph.Literal{Live: 7}))
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	data, kept, err := Append([]byte("x"), sched.Submitted{Client: 1, Run: 1, Graph: g})
	if kept || err == nil || string(data) != "x" || !strings.Contains(err.Error(), "record: append") {
		t.Errorf("%q, %v, %v", data, kept, err)
	}
}

func TestBadRecordsAreRefused(t *testing.T) {
	for digits, want := range map[string]string{
		"":             "too early",
		"03":           "too early",
		"0380":         "too early",
		"038000":       "longer",
		"03ffffffff1f": "more bits",
		"0301ff":       "left over",
		"00":           "unknown kind",
		"0c":           "unknown kind",
		"0b01":         "too early",
		"0703":         "too early",
		"070300000000000000000000000000000000000002": "neither",
		"0a05":     "too early",
		"0affff7f": "at most 65536",
		"0203":     "too early",
		"020307":   "no scheduler",
		"020314ff": "left over",
		"0101":     "too early",
		"040107":   "shorter",
	} {
		data, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", digits, err, want)
		}
	}
	// A graph of another submission than the word says.
	x := sched.Submitted{Client: 1, Run: 1, Graph: submission(t, 5, 1)}
	data := mustAppend(t, x)
	data[3] = 6
	if _, err := Decode(data); err == nil || !strings.Contains(err.Error(), "submission 6 has the graph of submission 5") {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, x := range examples(f) {
		f.Add(mustAppend(f, x))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		what, err := Decode(bytes.Clone(data))
		if err != nil {
			return
		}
		again, kept, err := Append(nil, what)
		if err != nil || !kept || !bytes.Equal(again, data) {
			t.Errorf("%x is written as %x (%v, %v)", data, again, kept, err)
		}
	})
}
