package word

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/braid-compute/braid/graph"
)

var update = flag.Bool("update", false, "write the golden bytes anew")

func block(run Run, index graph.Index, term, count uint32) Block {
	return Block{Task{run, index}, Attempt{term, count}}
}

// share returns so many consecutive blocks.
func share(run Run, first graph.Index, n int, term, count uint32) (list []Block) {
	for k := range n {
		list = append(list, block(run, first+graph.Index(k), term, count))
	}
	return list
}

// examples has a word of each kind, as the golden bytes hold them.
func examples() []any {
	far := block(math.MaxUint32, math.MaxUint32, math.MaxUint32, math.MaxUint32)
	list := append(append(share(3, 10, 4, 1, 1), share(3, 20, 2, 1, 1)...), block(3, 21, 1, 2), block(4, 0, 1, 2), far, block(4, 7, 1, 1))
	input := Input{block(2, 8, 1, 3), 5}
	return []any{
		&Assign{
			Tasks:  share(3, 100, 5, 1, 1),
			Ends:   []uint32{0, 2, 2, 2, 3},
			Inputs: []Input{{block(3, 10, 1, 1), 2}, {block(3, 11, 1, 1), 2}, {block(3, 13, 1, 2), 9}},
			Body:   []byte("body"),
		},
		&Assign{Tasks: list[:2], Ends: []uint32{0, 0}, AllWanted: true, Body: []byte("b")},
		&Assign{Tasks: list[:3], Ends: []uint32{0, 0, 0}, Wanted: []uint32{0, 2}, Body: []byte("b")},
		&Revoke{list}, &Cancel{list[:1]}, &Free{list[:6]},
		&Resolve{Task{3, 4}, Attempt{1, 2}, input},
		&Join{
			Name: "left", Slots: 4, Memory: 1 << 33, Resources: []Resource{{"licence", 1500}, {"gpu", 2000}},
			Address: "tls:127.0.0.1:4312", Pid: 77,
			Blocks: []Held{{list[0], 8, nil}, {list[1], 8, list[4:6]}, {list[2], 1 << 40, nil}},
		},
		&Done{[]Finished{{list[0], 8, 1000, nil, []byte("small")}, {list[1], 8, 1200, list[8:], nil}, {list[2], 16, -1, nil, nil}}},
		&Failed{far, []byte("why"), false}, &Failed{far, []byte("memory"), true}, &Returned{list[2:7]}, &Started{nil},
		&InputMissing{Task{3, 4}, Attempt{1, 2}, input}, &Unreachable{12},
		&Subscribe{list}, &Unsubscribe{list[3:]},
		&Delivery{far, [][]byte{[]byte("one"), {}, []byte("three")}}, &NotHere{list[:2]},
		&OfferFirst{64 << 10}, &Offer{list[:3], []int64{1 << 20, 1 << 20, 1 << 40}}, &Fetch{list[1:3]}, &Lost{list[:3]},
		&Borrow{4711, list[1:3]}, &Lent{far, 4712, 9, 1 << 50, 1<<30 + 24, 1 << 20}, &GiveBack{4711, list[:2]},
		&Submit{Sequence: 1, Graph: []byte("graph"), Wanted: []graph.Index{0, 1, 2, 9, 8, math.MaxUint32}},
		&Release{Run: 3, All: true}, &CancelTasks{Run: 3, Tasks: []graph.Index{5, 6}}, &Leave{},
		&Accepted{Sequence: 1, Run: 3}, &Accepted{Sequence: 2, Refused: "no"},
		&Settled{3, []Outcome{
			{Index: 4, Status: StatusDone, Attempt: Attempt{1, 1}, Holder: 2, Bytes: 8},
			{Index: 5, Status: StatusDone, Attempt: Attempt{1, 1}, Holder: 2, Bytes: 8},
			{Index: 6, Status: StatusFailed, Attempt: Attempt{1, 4}, Data: []byte("boom")},
			{Index: 9, Status: StatusInput, Cause: Task{3, 6}, CauseStatus: StatusFailed},
		}},
		&Welcome{Agent: 4, Term: 2}, &Peer{4, "unix:/run/x.sock", "right"},
		&Explain{7, Task{3, 4}, Attempt{1, 2}}, &Explained{7, "waiting", "for memory", 2, 12345}, &Blocked{list[:2]}, &Gone{"no workers"},
		&Ask{10, "jobs", []byte("which")}, &Answer{Question: 10, Body: []byte("these")}, &Answer{11, "there is none", 4, []byte("and why")},
		&Inspect{8}, &Inspected{Question: 8, Nanos: 5e9, Idle: 1e9}, &Shutdown{9, true},
		&Inspected{
			Question: 9, Refused: "a program is attached", Nanos: 1 << 40,
			Workers: []Worker{{4, "worker-0", 77, 2, 3, 1 << 32, 800, 4e9}, {5, "worker-1", 78, 2, 0, 0, 0, 4e9}},
			Programs: []Program{
				{Client: 3, Name: "mean", Pid: 99, Runs: 1, Nanos: 3e9, Groups: []Group{{"square", 10, 7, 1, 1, 12345}, {"sum", 1, 0, 0, 0, 0}}},
				{Client: 4, Worker: true, Nanos: 1, Left: 6e10},
			},
			Results: []Publication{{"model", "[]float64", "train", "assigned", 0, 5e9}},
		},
		&Attach{Token: Token{0: 1, 15: 0xff}, Again: true, Heard: 300}, &Attached{300, 6e10}, &Heard{1 << 40}, &End{},
		&Publish{8, "model", "[]float64", []byte("graph")}, &Unpublish{9, "model"}, &Take{10, 3, "model", "[]float64"}, &Publications{11},
		&Published{Question: 10, Problem: ProblemType, Why: "another"},
		&Published{Question: 11, List: []Publication{{"model", "[]float64", "train", "done", 800, 5e9}, {Name: "x"}}},
		&Meet{list[0], []byte("address")}, &Met{Tasks: list[:2], Data: [][]byte{[]byte("one"), nil, []byte("three")}}, &Met{Tasks: list[:1], Why: "left"},
		&Broken{list[:2], Task{3, 4}, "f#4", []byte("why")},
	}
}

func encode(t testing.TB, w any) (Kind, []byte) {
	t.Helper()
	k, ok := KindOf(w)
	if !ok {
		t.Fatalf("%T has no kind", w)
	}
	data, err := Append(nil, w)
	if err != nil {
		t.Fatal(err)
	}
	return k, data
}

func TestEveryKindOfWordIsReadBack(t *testing.T) {
	seen := map[Kind]bool{}
	for _, w := range examples() {
		k, data := encode(t, w)
		seen[k] = true
		got, err := Decode(k, data)
		if err != nil {
			t.Fatalf("%v: %v", k, err)
		}
		if !reflect.DeepEqual(got, w) {
			t.Errorf("%v: got %+v, want %+v", k, got, w)
		}
		for n := range data {
			if _, err := Decode(k, data[:n]); err == nil {
				t.Errorf("%v: %d bytes of %d were taken", k, n, len(data))
			}
		}
		if _, err := Decode(k, append(data, 0)); err == nil {
			t.Errorf("%v: a byte too many was taken", k)
		}
	}
	for k := range forms {
		if forms[k] != nil && !seen[Kind(k)] {
			t.Errorf("there is no example of %v", Kind(k))
		}
	}
}

func TestTheBinaryFormIsTheOneOfThePage(t *testing.T) {
	const file = "testdata/words.golden"
	var b strings.Builder
	for _, w := range examples() {
		k, data := encode(t, w)
		fmt.Fprintf(&b, "%2d %-13v %s\n", k, k, hex.EncodeToString(data))
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("other bytes than %s, which is a new version of the form; got\n%s", file, b.String())
	}
}

func TestThePageNamesEveryKind(t *testing.T) {
	page, err := os.ReadFile("../../docs/format/word.md")
	if err != nil {
		t.Fatal(err)
	}
	for k := range forms {
		if forms[k] == nil {
			continue
		}
		if row := fmt.Sprintf("\n| %d | %v | ", k, Kind(k)); !strings.Contains(string(page), row) {
			t.Errorf("docs/format/word.md has no row %q", row[1:])
		}
	}
}

func TestByteFieldsAreNotCopied(t *testing.T) {
	for _, w := range examples() {
		k, data := encode(t, w)
		got, err := Decode(k, data)
		if err != nil {
			t.Fatal(err)
		}
		before := fmt.Sprintf("%+v", got)
		for n := range data {
			data[n] ^= 0xff
		}
		if changed := fmt.Sprintf("%+v", got) != before; changed != k.Keeps() {
			t.Errorf("%v: refers to its bytes: %v, and Keeps says %v", k, changed, k.Keeps())
		}
	}
}

// randomBlocks returns a list with runs of all lengths.
func randomBlocks(r *rand.Rand, n int) (list []Block) {
	for len(list) < n {
		first := r.Uint32() >> (r.UintN(32))
		length := min(1+r.IntN(1+r.IntN(40)), int(math.MaxUint32-first)+1)
		list = append(list, share(Run(r.UintN(3)), graph.Index(first), length, r.Uint32N(2), r.Uint32N(3))...)
	}
	return list[:n]
}

func TestRandomListsAreReadBack(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		list := randomBlocks(r, 1+r.IntN(200))
		done, settled, assign := &Done{}, &Settled{Run: 1}, &Assign{Tasks: list}
		for _, b := range list {
			f := Finished{b, r.Int64N(3), r.Int64(), nil, []byte{1, 2, 3}[:r.IntN(4)]}
			if len(f.Data) == 0 {
				f.Data = nil
			}
			if r.IntN(4) == 0 {
				f.Used = randomBlocks(r, 1+r.IntN(3))
			}
			done.Tasks = append(done.Tasks, f)
			o := Outcome{b.Task.Index, Status(1 + r.IntN(6)), b.Attempt, Agent(r.UintN(2)), r.Int64N(2), nil, Task{}, Status(r.UintN(7))}
			if r.IntN(3) == 0 {
				o.Data, o.Cause = []byte{1, 2}[:1+r.IntN(2)], b.Task
			}
			settled.Tasks = append(settled.Tasks, o)
			for _, in := range randomBlocks(r, r.IntN(3)) {
				assign.Inputs = append(assign.Inputs, Input{in, Agent(r.UintN(3))})
			}
			assign.Ends = append(assign.Ends, uint32(len(assign.Inputs)))
		}
		for _, w := range []any{done, settled, assign} {
			k, data := encode(t, w)
			if got, err := Decode(k, data); err != nil || !reflect.DeepEqual(got, w) {
				t.Fatalf("%v: %v\ngot  %+v\nwant %+v", k, err, got, w)
			}
		}
	}
}

func TestWhatIsNoWordIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		word any
		want string
	}{
		"a value":             {Done{}, "pointers"},
		"something else":      {"text", "not a word"},
		"ends without tasks":  {&Assign{Ends: []uint32{0}}, "1 entries for 0 tasks"},
		"ends that fall":      {&Assign{Tasks: share(1, 0, 2, 1, 1), Ends: []uint32{1, 0}, Inputs: make([]Input, 1)}, "falls"},
		"ends without inputs": {&Assign{Tasks: share(1, 0, 1, 1, 1), Ends: []uint32{1}}, "1 inputs of 0"},
		"no status":           {&Settled{Tasks: make([]Outcome, 1)}, "without a status"},
		"a list too long":     {&Free{make([]Block, MaxItems+1)}, "split"},
		"too many outputs":    {&Delivery{Outputs: make([][]byte, MaxOutputs+1)}, "outputs"},
	} {
		if dst, err := Append([]byte{1}, c.word); err == nil || !strings.Contains(err.Error(), c.want) || len(dst) != 1 {
			t.Errorf("%s: %d bytes and %v, want an error with %q", name, len(dst), err, c.want)
		}
	}
	if _, ok := KindOf(Done{}); ok {
		t.Error("a value has a kind")
	}
}

func TestBytesThatAppendWouldNotWriteAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		kind Kind
		hex  string
		want error
	}{
		"an unknown kind":            {99, "", nil},
		"no kind":                    {0, "", nil},
		"a number too long":          {KindUnreachable, "8100", errLong},
		"a number of 65 bits":        {KindExplain, "ffffffffffffffffff02" + "0000", errLong},
		"an agent of 33 bits":        {KindUnreachable, "8080808010", errRange},
		"a flag of 2":                {KindRelease, "010200", errFlag},
		"a million and one":          {KindFree, "81804000", ErrItems},
		"a run too long":             {KindFree, "02" + "0800", errColumns},
		"a run past the last index":  {KindFree, "02" + "04" + "feffffff1f", errRange},
		"a run before the first":     {KindFree, "01" + "00" + "01", errRange},
		"a run cut in two":           {KindFree, "02" + "0000" + "0000", errRuns},
		"the same run number again":  {KindFree, "01" + "0100" + "00", errRuns},
		"the same attempt again":     {KindFree, "01" + "0200" + "0000", errRuns},
		"a run of indices in two":    {KindRelease, "0100" + "02" + "0000" + "0000", errRuns},
		"equal values in two":        {KindAssign, "02" + "0400" + "0000" + "0000" + "0000", errRuns},
		"more inputs than announced": {KindAssign, "01" + "0000" + "0001" + "00" + "00", errColumns},
		"a status of 9":              {KindSettled, "01" + "01" + "0000" + "0009", errStatus},
	} {
		data, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Decode(c.kind, data)
		if err == nil || c.want != nil && !strings.HasSuffix(err.Error(), c.want.Error()) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestPartsOfAWordSayTheSame(t *testing.T) {
	for _, w := range examples() {
		var list, again int
		for part := range split(w, 3) {
			k, data := encode(t, part)
			got, err := Decode(k, data)
			if err != nil || !reflect.DeepEqual(got, part) {
				t.Fatalf("%v: %v", k, err)
			}
			again += items(part)
		}
		if list = items(w); list != again {
			t.Errorf("%T: %d items, in parts %d", w, list, again)
		}
	}
	long := &Free{make([]Block, 2*MaxItems+1)}
	n := 0
	for part := range Split(long) {
		encode(t, part)
		n += len(part.(*Free).Blocks)
	}
	if n != len(long.Blocks) {
		t.Errorf("%d blocks in parts, of %d", n, len(long.Blocks))
	}
}

// items counts the entries of all lists that are fields of a word.
func items(w any) (n int) {
	v := reflect.ValueOf(w).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Slice && f.Type().Elem().Kind() != reflect.Uint8 {
			n += f.Len()
		}
	}
	return n
}

func TestAHeadAndOutputsAreADelivery(t *testing.T) {
	v := &Delivery{block(1, 2, 3, 4), [][]byte{[]byte("ab"), {}, []byte("c")}}
	head, err := v.AppendHead(nil)
	if err != nil {
		t.Fatal(err)
	}
	got, lengths, err := DecodeHead(head)
	if err != nil || got.Block != v.Block || !reflect.DeepEqual(lengths, []int64{2, 0, 1}) {
		t.Fatal(got, lengths, err)
	}
	if _, data := encode(t, v); !bytes.Equal(data, append(head, "abc"...)) {
		t.Errorf("the word is %x, and its head %x", data, head)
	}
	for n := range head {
		if _, _, err := DecodeHead(head[:n]); err == nil {
			t.Errorf("%d bytes of %d were taken", n, len(head))
		}
	}
	if _, _, err := DecodeHead(append([]byte{0, 0, 0, 0, 2}, bytes.Repeat([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, 2)...)); err == nil {
		t.Error("a sum of lengths of 64 bits was taken")
	}
}

func FuzzDecode(f *testing.F) {
	for _, w := range examples() {
		k, data := encode(f, w)
		f.Add(uint8(k), data)
	}
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		w, err := Decode(Kind(kind), data)
		if err != nil {
			return
		}
		if k, ok := KindOf(w); !ok || k != Kind(kind) {
			t.Fatalf("kind %d became %v", kind, k)
		}
		again, err := Append(nil, w)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again, data) {
			t.Fatalf("%v: %x was read, and %x is written", Kind(kind), data, again)
		}
	})
}
