package graph

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the files in testdata again")

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from what was made; if that is meant, run go test ./graph -update and read the difference:\n%s", path, got)
	}
}

// asText is the codec of the tests: a value is its decimal digits.
func asText(l Literal) (*Encoded, error) {
	if c, ok := l.Live.(Column); ok {
		e := &Encoded{Column: true}
		for i := range c.Len() {
			e.Items = append(e.Items, fmt.Append(nil, c.At(i)))
		}
		return e, nil
	}
	return &Encoded{Items: [][]byte{fmt.Append(nil, l.Live)}}, nil
}

func mustEncode(t rapid.TB, g *Graph) []byte {
	t.Helper()
	data, err := Encode(g, EncodeOptions{Literal: asText})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// everything is a small graph with one of each thing the form knows.
func everything(t testing.TB) *Graph {
	b := NewBuilder()
	b.g.Client, b.g.Job, b.g.Submission = 1, 2, 3
	b.Op(Op{Name: "go/one", Signature: "func(int) int", Code: CodeID{0: 0xAA, 31: 0xBB}, Impl: t})
	b.Op(Op{Name: "num/two", Outputs: 2})
	b.Traits(Traits{})
	b.Traits(Traits{
		Lifetime: LifetimeGang, Impure: true, Isolated: true, Worker: "w1",
		Needs:   Needs{CPU: 1500, Memory: 1 << 30, GPU: 250, Named: []Named{{"licence", 1000}}},
		Hints:   Hints{Seconds: 1.5, Bytes: 800, Files: []string{"a.csv", "\xff.csv"}},
		Retries: 3, Limit: 2e9, Priority: -1,
	})
	b.AddSite(Site{})
	b.AddSite(Site{File: "/src/main.go", Line: 12})
	one, two := b.Call(Call{}), b.Call(Call{Op: 1, Traits: 1, Site: 1})
	chain := b.Call(Call{Site: 1, Program: b.Program(Program{Steps: []Step{
		{Call: one, Inputs: []int32{0}}, {Call: one, Inputs: []int32{Previous, 1}},
	}})})
	x, col := b.Literal(42), b.Literal(ints{1, 22, 333, 4444})
	b.External(External{Submission: 2, Task: 3, List: true, Count: 4})
	ext := b.External(External{Submission: 2, Task: 7, Output: 1, Live: t})
	b.Add(two, x, ItemRef(col.Table(), 3))
	b.Add(chain, ListRef(2), OutputRef(0, 0), OutputRef(0, 1), ext)
	b.Affine(Affine{Call: two, Space: []uint32{2, 2}, Args: []AffineArg{
		{Ref: ItemRef(col.Table(), 0), Map: IndexMap{Offset: 3, Coef: []int64{-2, -1}}}, {Ref: x}, {Ref: OutputRef(1, 0), Map: IndexMap{Coef: []int64{0, 0}}},
	}})
	b.Add(one, OutputRef(5, 1))
	b.Key(6, "result")
	b.Key(0, "start")
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestTheBinaryFormIsTheOneOfThePage(t *testing.T) {
	data := mustEncode(t, everything(t))
	golden(t, "everything.hex", []byte(hex.Dump(data)))
	g, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	want := everything(t)
	want.ops[0].Impl, want.externals[1].Live = nil, nil
	for what, pair := range map[string][2]any{
		"ops": {g.ops, want.ops}, "traits": {g.traits, want.traits}, "sites": {g.sites, want.sites},
		"calls": {g.calls, want.calls}, "programs": {g.programs, want.programs}, "externals": {g.externals, want.externals},
		"layers": {fmt.Sprint(g.layers[1].aff), fmt.Sprint(want.layers[1].aff)}, "keys": {g.keys, want.keys},
		"head": {[3]uint64{g.Client, g.Job, g.Submission}, [3]uint64{1, 2, 3}},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: %+v and not %+v", what, pair[0], pair[1])
		}
	}
	if l := g.Literal(1); !l.IsColumn() || l.Len() != 4 || string(l.Encoded.Items[2]) != "333" || l.Live != nil {
		t.Errorf("literal 1 is %+v", l)
	}
}

func TestAGraphComesBackFromBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		data := mustEncode(t, m.g)
		g, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		m.check(t, g, Renumbering{}) // asText writes what the model hashes
		if again := mustEncode(t, g); !bytes.Equal(data, again) {
			t.Fatal("other bytes the second time")
		}
	})
}

func TestManyPagesComeBackFromBytes(t *testing.T) {
	b := oneOp()
	for i := range 3*pageTasks + 7 {
		b.Add(0, b.Literal(i), OutputRef(Index(max(i, 1)-1), 0))
		if i == 0 {
			b.g.layers[0].pages[0].refs[1] = LiteralRef(0)
		}
	}
	g := mustBuild(t, b)
	data := mustEncode(t, g)
	back, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range g.Len() {
		_, want := g.Task(Index(i), nil)
		if _, got := back.Task(Index(i), nil); !reflect.DeepEqual(got, want) {
			t.Fatalf("task %d has %v and not %v", i, got, want)
		}
	}
	if !bytes.Equal(data, mustEncode(t, back)) {
		t.Error("other bytes the second time")
	}
}

// oneOp is a builder with call 0 of an op with one output.
func oneOp() *Builder {
	b := NewBuilder()
	b.Call(Call{Op: b.Op(Op{Name: "go/f"}), Traits: b.Traits(Traits{}), Site: b.AddSite(Site{File: "main.go", Line: 7})})
	return b
}

func mustBuild(t testing.TB, b *Builder) *Graph {
	t.Helper()
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestEncodeRefusesWhatCannotTravel(t *testing.T) {
	for name, c := range map[string]struct {
		write func(b *Builder)
		codec func(Literal) (*Encoded, error)
		want  string
	}{
		"a live literal": {func(b *Builder) { b.Literal(1); b.Add(0); b.Add(0, b.Literal(2)); b.Add(0, LiteralRef(0)) }, nil,
			"graph: encode: task 2 (f, main.go:7) has a live literal (int): encode it first, or give EncodeOptions.Literal"},
		"a live column": {func(b *Builder) {
			b.Add(0)
			b.Affine(Affine{Space: []uint32{2}, Args: []AffineArg{{b.Literal(columns[0]) | ItemRef(0, 0), Identity(2)}}})
		}, nil, "task 1 (f, main.go:7) has a live literal (graph.ints)"},
		"an unused literal": {func(b *Builder) { b.Literal(1) }, nil, "literal 0, which no task takes, has a live literal"},
		"a failing codec": {func(b *Builder) { b.Add(0, b.Literal(make(chan int))) },
			func(Literal) (*Encoded, error) { return nil, errors.New("a channel cannot travel") },
			"literal (chan int) of task 0 (f, main.go:7): a channel cannot travel"},
		"a codec of nothing": {func(b *Builder) { b.Add(0, b.Literal(1)) },
			func(Literal) (*Encoded, error) { return nil, nil }, "its codec returned another number of items"},
		"a codec of too few items": {func(b *Builder) { b.Add(0, ItemRef(b.Literal(columns[0]).Table(), 0)) },
			func(Literal) (*Encoded, error) { return &Encoded{Column: true}, nil }, "its codec returned another number of items"},
		"a long key": {func(b *Builder) { b.Add(0); b.Key(0, strings.Repeat("k", MaxEncodedKey+1)) }, nil,
			"task 0 (f, main.go:7) has a key of 65537 bytes: at most 65536 travel"},
	} {
		b := oneOp()
		c.write(b)
		_, err := Encode(mustBuild(t, b), EncodeOptions{Literal: c.codec})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is\n%v\nand should hold\n%s", name, err, c.want)
		}
	}
}

// sealed sets length and checksum right again, so that a change inside is found by what reads it.
func sealed(data []byte) []byte {
	data = bytes.Clone(data)
	body := len(data) - footerSize
	binary.LittleEndian.PutUint64(data[16:], uint64(len(data)))
	binary.LittleEndian.PutUint32(data[body:], crc32.Checksum(data[:body], castagnoli))
	return data
}

func TestDecodeRefusesWhatIsNotAGraph(t *testing.T) {
	data := mustEncode(t, everything(t))
	at := func(section string) int { return bytes.Index(data, []byte(section)) + 12 } // its content
	put := func(pos int, bytes ...byte) func([]byte) []byte {
		return func(d []byte) []byte { copy(d[pos:], bytes); return sealed(d) }
	}
	for name, c := range map[string]struct {
		change func([]byte) []byte
		want   string
	}{
		"nothing":               {func([]byte) []byte { return nil }, "0 bytes are too few for a graph"},
		"another kind":          {put(0, 'X'), `the bytes begin with "Xraid\x00g\n" and not with "braid\x00g\n": not a graph`},
		"a later version":       {put(8, 2), "version 2, and this program reads version 1"},
		"a later feature":       {put(12, 0x17), "unknown feature bits 0x10 of 0x17, and this program knows 0x7"},
		"a feature not there":   {func(d []byte) []byte { return sealed(withFeatures(mustEncode(t, mustBuild(t, oneOp())), 4)) }, "feature bits 0x4, but the content has 0x0"},
		"bytes cut off":         {func(d []byte) []byte { return d[:len(d)-9] }, fmt.Sprintf("cut short: %d of %d bytes", len(data)-9, len(data))},
		"bytes behind":          {func(d []byte) []byte { return append(d, 0, 0) }, fmt.Sprintf("2 trailing bytes behind a graph of %d", len(data))},
		"a flipped bit":         {func(d []byte) []byte { d[99] ^= 4; return d }, "damaged: checksum"},
		"a section of no name":  {put(at("CALL")-12, 'c'), `section CALL at byte`},
		"a section too long":    {put(at("KEYS")-8, 0xff, 0xff), "section KEYS at byte"},
		"a huge section":        {put(at("KEYS")-1, 0xff), "bytes, and"},
		"a section too short":   {put(at("HEAD")-8, 23), "section HEAD at byte 24: it is shorter than its content says"},
		"a huge table":          {put(at("CALL"), 0xff, 0xff, 0xff, 0xff), "section CALL at byte"},
		"a table cut":           {put(at("OPS "), 3), "section OPS  at byte"},
		"a table with more":     {put(at("OPS "), 1), "bytes are left over behind the last entry"},
		"a table not canonical": {put(at("SITE")+4, 0x9f), "section SITE at byte"},
		"a huge column":         {put(at("LITS")+10, 0xff, 0xff, 0xff, 0xff), "section LITS at byte"},
		"a literal of no kind":  {put(at("LITS")+4, 2), "literal 0 is of unknown kind 2"},
		"a layer of no kind":    {put(at("LAYR")+4, 3), "layer at task 0: unknown kind 3"},
		"a layer of no tasks":   {put(at("LAYR")+8, 0), "layer at task 0: it has no tasks"},
		"a page of more":        {put(at("LAYR")+12, 5), "a page of 6 references says it has 5"},
		"ends that go back":     {put(at("LAYR")+24, 7), "task 1 has fewer than no references"},
		"keys out of order":     {put(at("KEYS")+4, 9), "the key of task 6 stands behind that of task 9"},
		"an empty key":          {put(at("KEYS")+8, 0), "a key of 0 bytes for task 0: 1 to 65536 are allowed"},
		"a key of no task":      {put(at("KEYS")+12, 99), `key "result" belongs to task 99 of 7`},
		"a forward reference":   {put(at("LAYR")+56, 9), "task 1 (one→one, main.go:12): input 1: it refers to task 9, which is not earlier"},
	} {
		_, err := Decode(c.change(bytes.Clone(data)))
		if err == nil || !strings.HasPrefix(err.Error(), "graph: decode: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is\n%v\nand should hold\n%s", name, err, c.want)
		}
	}
}

func withFeatures(data []byte, bits uint32) []byte {
	binary.LittleEndian.PutUint32(data[12:], bits)
	return data
}

func TestDecodeOfEveryPartAndOfEveryChangedByteEndsInAnError(t *testing.T) {
	data := mustEncode(t, everything(t))
	for n := range data {
		if _, err := Decode(data[:n]); err == nil {
			t.Errorf("the first %d of %d bytes are a graph", n, len(data))
		}
		if n >= headerSize && n < len(data)-footerSize {
			if _, err := Decode(sealed(data[:n+footerSize])); err == nil {
				t.Errorf("the first %d of %d bytes, sealed, are a graph", n, len(data))
			}
		}
		changed := bytes.Clone(data)
		changed[n] ^= 0x11
		if _, err := Decode(changed); err == nil {
			t.Errorf("a change of byte %d goes unnoticed", n)
		}
	}
}

func TestDecodeTakesNoMoreMemoryThanTheBytesJustify(t *testing.T) {
	claims := [][]byte{}
	base := mustEncode(t, everything(t))
	for n := headerSize; n+4 < len(base); n++ { // every number once as a huge one
		d := bytes.Clone(base)
		binary.LittleEndian.PutUint32(d[n:], 0x0fff_ffff)
		claims = append(claims, sealed(d))
	}
	for _, name := range []string{"OPS ", "TRTS", "PROG"} { // and tables of the smallest entries there are
		entries := bytes.Repeat([]byte{0x81, 0x80}, 10_000)
		d := bytes.Clone(base)
		at := bytes.Index(d, []byte(name)) + 4
		n := int(binary.LittleEndian.Uint64(d[at:]))
		content := append(binary.LittleEndian.AppendUint32(nil, uint32(len(entries)/2)), entries...)
		binary.LittleEndian.PutUint64(d[at:], uint64(len(content)))
		claims = append(claims, sealed(slices.Replace(d, at+8, at+8+n, content...)))
	}
	var before, after runtime.MemStats
	for n, d := range claims {
		runtime.ReadMemStats(&before)
		_, _ = Decode(d)
		runtime.ReadMemStats(&after)
		if took, most := after.TotalAlloc-before.TotalAlloc, uint64(200*len(d)); took > most {
			t.Errorf("claim %d: %d bytes for an input of %d: more than %d", n, took, len(d), most)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(mustEncode(f, everything(f)))
	f.Add(mustEncode(f, mustBuild(f, NewBuilder())))
	b := oneOp()
	b.Add(0, b.Literal(1))
	f.Add(mustEncode(f, mustBuild(f, b)))
	b = oneOp()
	b.Affine(Affine{Space: []uint32{3}, Args: []AffineArg{{Ref: b.Literal(ints{1, 2, 3}) | ItemRef(0, 0), Map: Identity(3)}}})
	f.Add(mustEncode(f, mustBuild(f, b)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= headerSize+footerSize {
			data = sealed(data) // or the fuzzer never comes past the checksum
		}
		g, err := Decode(data)
		if err != nil {
			return
		}
		again, err := Encode(g, EncodeOptions{})
		if err != nil {
			t.Fatalf("a decoded graph cannot be encoded: %v", err)
		}
		if !bytes.Equal(again, data) {
			t.Fatal("other bytes the second time")
		}
		var buf []Ref
		for i := range min(g.Len(), 1000) { // no reading outside the tables
			call, _ := g.Task(Index(i), buf)
			_ = g.CallName(call)
		}
		if g.Len() > 0 && g.Len() < 100_000 {
			last := Index(g.Len() - 1)
			for _, pass := range []func(...Index) (*Graph, Renumbering){g.Cull, g.Fuse, g.Order} {
				if after, _ := pass(last); after.Validate() != nil {
					t.Fatalf("a pass broke the graph: %v", after.Validate())
				}
			}
		}
	})
}
