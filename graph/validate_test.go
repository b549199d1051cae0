package graph

import (
	"math"
	"strings"
	"testing"
)

// writer is a builder with one op of two outputs and one of one, at two lines of a script.
type writer struct {
	*Builder
	one, two uint32 // calls
}

func newWriter() writer {
	b := NewBuilder()
	b.Op(Op{Name: "go/one"})
	b.Op(Op{Name: "go/two", Outputs: 2})
	b.Traits(Traits{})
	b.AddSite(Site{File: "/src/main.go", Line: 12})
	b.AddSite(Site{File: "/src/main.go", Line: 13})
	return writer{b, b.Call(Call{Op: 0, Site: 0}), b.Call(Call{Op: 1, Site: 1})}
}

func TestBuildNamesTheMistake(t *testing.T) {
	out := func(task, out int) Ref { return OutputRef(Index(task), uint16(out)) }
	column := func(w writer) Ref { return w.Literal(columns[0]) } // of 8 items
	affine := func(w writer, space []uint32, args ...AffineArg) {
		w.Builder.Affine(Affine{Call: w.two, Space: space, Args: args})
	}
	for name, c := range map[string]struct {
		write func(w writer)
		want  string
	}{
		"a forward reference":        {func(w writer) { w.Add(w.one); w.Add(w.one, out(2, 0)); w.Add(w.one) }, "task 1 (one, main.go:12): input 0: it refers to task 2, which is not earlier: a task may only refer to tasks written down before it"},
		"itself":                     {func(w writer) { w.Add(w.one, out(0, 0)) }, "task 0 (one, main.go:12): input 0: it refers to task 0, which is not earlier"},
		"an output too far":          {func(w writer) { w.Add(w.two); w.Add(w.one, out(0, 1), out(0, 2)) }, "task 1 (one, main.go:12): input 1: output 2 of task 0 does not exist: the task has 2"},
		"no such literal":            {func(w writer) { w.Literal(1); w.Add(w.two, LiteralRef(1)) }, "task 0 (two, main.go:13): input 0: literal 1 of 1 does not exist"},
		"no such external":           {func(w writer) { w.Add(w.two, ExternalRef(0)) }, "task 0 (two, main.go:13): input 0: external 0 of 0 does not exist"},
		"no such column":             {func(w writer) { w.Add(w.one, ItemRef(3, 0)) }, "task 0 (one, main.go:12): input 0: item 0 of literal 3: there are 0 literals"},
		"an item of a value":         {func(w writer) { w.Literal(1); w.Add(w.one, ItemRef(0, 0)) }, "input 0: item 0 of literal 0: the literal is not a column"},
		"an item too far":            {func(w writer) { column(w); w.Add(w.one, ItemRef(0, 8)) }, "input 0: items 8 to 8 of literal 0, which has 8"},
		"an unknown kind":            {func(w writer) { w.Add(w.one, Ref(7)<<refKindShift) }, "input 0: reference 0xe000000000000000 of unknown kind"},
		"bits of no meaning":         {func(w writer) { w.Literal(1); w.Add(w.one, LiteralRef(0)|1<<40) }, "input 0: reference 0x10000000000 has bits that literal 0 does not use"},
		"bits beside an output":      {func(w writer) { w.Add(w.one); w.Add(w.one, out(0, 0)|1<<50) }, "has bits that output 0 of task 0 does not use"},
		"a list too long":            {func(w writer) { w.Add(w.one); w.Add(w.one, ListRef(2), out(0, 0)) }, "task 1 (one, main.go:12): input 0: a list of 2, but only 1 references follow"},
		"a list in a list":           {func(w writer) { w.Add(w.one); w.Add(w.one, ListRef(2), ListRef(1), out(0, 0)) }, "input 1: a list inside a list: gather the inner one in a task of its own"},
		"no such call":               {func(w writer) { w.Add(9) }, "task 0 names call 9 of 2"},
		"no such op":                 {func(w writer) { w.Call(Call{Op: 5}) }, "call 2 names op 5 of 2"},
		"no such traits":             {func(w writer) { w.Call(Call{Traits: 1}) }, "call 2 names traits 1 of 1"},
		"no such site":               {func(w writer) { w.Call(Call{Site: 2}) }, "call 2 names site 2 of 2"},
		"no such program":            {func(w writer) { w.Call(Call{Program: 1}) }, "call 2 names program 1 of 0"},
		"an op without a name":       {func(w writer) { w.Op(Op{}) }, "op 2 has no name"},
		"a negative limit":           {func(w writer) { w.Traits(Traits{Limit: -1}) }, "traits 1: a time limit of -1 ns is negative"},
		"negative bytes":             {func(w writer) { w.Traits(Traits{Hints: Hints{Bytes: -5}}) }, "traits 1: 0 bytes needed and -5 expected: none may be negative"},
		"no duration":                {func(w writer) { w.Traits(Traits{Hints: Hints{Seconds: math.NaN()}}) }, "traits 1: NaN expected seconds are no duration"},
		"an unknown lifetime":        {func(w writer) { w.Traits(Traits{Lifetime: 3}) }, "traits 1: lifetime 3 is unknown"},
		"an encoded value of two":    {func(w writer) { w.AddLiteral(Literal{Encoded: &Encoded{Items: make([][]byte, 2)}}) }, "literal 0 is encoded as 2 items"},
		"a program of one step":      {func(w writer) { w.Program(Program{Steps: make([]Step, 1)}) }, "program 1: it has 1 steps, and a chain has at least 2"},
		"a step of no call":          {func(w writer) { w.Program(Program{Steps: []Step{{Call: 0}, {Call: 2}}}) }, "program 1: step 1 names call 2, which is not a plain call"},
		"a step before the first":    {func(w writer) { w.Program(Program{Steps: []Step{{Inputs: []int32{Previous}}, {}}}) }, "program 1: step 0 takes input -1, which does not exist"},
		"a step of several outputs":  {func(w writer) { w.Program(Program{Steps: []Step{{Call: 1}, {}}}) }, "program 1: step 0 has 2 outputs, and only the last may have more than one"},
		"a program of another op":    {func(w writer) { w.Call(Call{Op: 1, Program: w.chain()}) }, "call 2 names op 1, but its program 1 ends in op 0"},
		"too few for a program":      {func(w writer) { w.Add(w.Call(Call{Program: w.chain()}), ListRef(0)) }, "task 0 (one→one, main.go:12): its program takes 2 arguments, and it has fewer"},
		"too few in a layer":         {func(w writer) { w.Affine(Affine{Call: w.Call(Call{Program: w.chain()}), Space: []uint32{2}}) }, "task 0 (one→one, main.go:12): its program takes 2 arguments, and it has fewer"},
		"a key of no task":           {func(w writer) { w.Key(3, "a") }, `key "a" belongs to task 3 of 0`},
		"two equal keys":             {func(w writer) { w.Add(w.one); w.Add(w.two); w.Key(1, "a"); w.Key(0, "a") }, `tasks 0 (one, main.go:12) and 1 (two, main.go:13) have the same key "a": keys are unique`},
		"a layer of no space":        {func(w writer) { affine(w, nil) }, "layer at task 0 (two, main.go:13) has no index space"},
		"a layer too large":          {func(w writer) { affine(w, []uint32{1 << 31, 4}) }, "a layer of [2147483648 4] tasks does not fit into one graph of at most 4294967294"},
		"a layer of no call":         {func(w writer) { w.Affine(Affine{Call: 8, Space: []uint32{1}}) }, "layer at task 0 names call 8 of 2"},
		"a layer of lists":           {func(w writer) { affine(w, []uint32{2}, AffineArg{Ref: ListRef(1)}) }, "argument 0: a list cannot be mapped: gather it in an explicit task"},
		"a map of other dimensions":  {func(w writer) { column(w); affine(w, []uint32{2}, AffineArg{Ref: ItemRef(0, 0)}) }, "argument 0: a map of 0 coefficients over 1 dimensions"},
		"a layer's literal":          {func(w writer) { affine(w, []uint32{2}, AffineArg{Ref: LiteralRef(0)}) }, "layer at task 0 (two, main.go:13): argument 0: literal 0 of 0 does not exist"},
		"a layer's bits":             {func(w writer) { affine(w, []uint32{2}, AffineArg{out(0, 0) | 1<<55, Identity(2)}) }, "bits that output 0 of task 0 does not use"},
		"a map beyond the column":    {func(w writer) { affine(w, []uint32{3, 3}, AffineArg{column(w) | ItemRef(0, 0), Identity(3, 3)}) }, "argument 0: items 0 to 8 of literal 0, which has 8"},
		"a map before the column":    {func(w writer) { affine(w, []uint32{3}, AffineArg{column(w) | ItemRef(0, 0), IndexMap{1, []int64{-1}}}) }, "argument 0: items -1 to 1 of literal 0"},
		"a map into itself":          {func(w writer) { w.Add(w.one); affine(w, []uint32{2}, AffineArg{out(0, 0), Identity(2)}) }, "layer at task 1 (two, main.go:13): argument 0: it reaches tasks 0 to 1, and only tasks before 1 are earlier"},
		"a map to a missing output":  {func(w writer) { w.Add(w.two); w.Add(w.one); affine(w, []uint32{2}, AffineArg{out(0, 1), Identity(2)}) }, "argument 0: output 1 of task 1 does not exist: the task has 1"},
		"a layer of missing outputs": {func(w writer) { affine(w, []uint32{2}); affine(w, []uint32{2}, AffineArg{out(0, 2), Identity(2)}) }, "argument 0: output 2 of task 0 does not exist: the task has 2"},
		"an offset that overflows": {func(w writer) {
			column(w)
			affine(w, []uint32{2}, AffineArg{ItemRef(0, 0), IndexMap{math.MinInt64, []int64{0}}})
		}, "argument 0: offset -9223372036854775808 is beyond ±2⁴⁰"},
		"a coefficient that overflow": {func(w writer) {
			column(w)
			affine(w, []uint32{2}, AffineArg{ItemRef(0, 0), IndexMap{0, []int64{math.MaxInt64}}})
		}, "argument 0: coefficient 9223372036854775807 of dimension 0 is beyond ±2⁴⁰ over 2 points"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWriter()
			c.write(w)
			g, err := w.Build()
			if err == nil {
				t.Fatalf("no error, and a graph of %d tasks", g.Len())
			}
			if !strings.HasPrefix(err.Error(), "graph: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is\n%v\nand should hold\n%s", err, c.want)
			}
		})
	}
}

// chain adds a program of two steps that takes two arguments.
func (w writer) chain() uint32 {
	return w.Program(Program{Steps: []Step{{Inputs: []int32{0}}, {Inputs: []int32{Previous, 1}}}})
}

func TestTheFirstMistakeOfTheBuilderIsTheOneReported(t *testing.T) {
	w := newWriter()
	w.Builder.Affine(Affine{Call: w.one, Space: []uint32{1 << 16, 1<<16 - 1}})
	w.Builder.Affine(Affine{Call: w.one, Space: []uint32{1 << 16}})
	w.Builder.Affine(Affine{Call: w.one, Space: []uint32{1 << 17}})
	_, err := w.Build()
	if err == nil || !strings.Contains(err.Error(), "a layer of [65536] tasks does not fit") {
		t.Errorf("the first mistake is not the one reported: %v", err)
	}
}

func TestAGraphOfTheLargestSizeIsValid(t *testing.T) {
	w := newWriter()
	w.Builder.Affine(Affine{Call: w.one, Space: []uint32{MaxTasks}})
	w.Builder.Affine(Affine{Call: w.two, Space: []uint32{0, 7}, Args: []AffineArg{{Ref: OutputRef(9, 0), Map: Identity(0, 7)}}})
	g, err := w.Build()
	if err != nil {
		t.Fatal(err)
	}
	if g.Len() != MaxTasks || g.CallOf(MaxTasks-1) != w.one {
		t.Errorf("%d tasks", g.Len())
	}
}

func TestTheBuilderSharesCallsAndSites(t *testing.T) {
	b := NewBuilder()
	b.AddSite(Site{File: "a.go", Line: 1}) // has no program counter, and is not the unknown line
	sites, calls := map[uintptr]uint32{}, map[Call]uint32{}
	for n := range 2000 {
		pc := uintptr(n % 10)
		site := b.Site(pc)
		if old, ok := sites[pc]; ok && old != site || site == 0 {
			t.Fatalf("site %d of program counter %d", site, pc)
		}
		sites[pc] = site
		c := Call{Op: uint32(n % 7), Site: site}
		call := b.Call(c)
		if old, ok := calls[c]; ok && old != call {
			t.Fatalf("call %d, and before %d, of %v", call, old, c)
		}
		calls[c] = call
	}
	if len(b.g.sites) != 11 || len(b.g.calls) != len(calls) {
		t.Errorf("%d sites of 10 and one more, %d calls of %d", len(b.g.sites), len(b.g.calls), len(calls))
	}
}
