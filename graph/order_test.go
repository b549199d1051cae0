package graph

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// pressure runs the graph in index order and returns the most memory its results take at once: a result is there from
// its task on until the last task that takes it is done, and a wanted one to the end.
func pressure(g *Graph, size func(Index) int, wants ...Index) int {
	last := make([]Index, g.Len()) // who takes a result last; itself if nobody
	for i := range last {
		last[i] = Index(i)
		_, refs := g.Task(Index(i), nil)
		for _, r := range refs {
			if r.Kind() == RefOutput {
				last[r.Task()] = Index(i)
			}
		}
	}
	for _, i := range wants {
		last[i] = Index(g.Len())
	}
	freed := make([][]Index, g.Len()+1)
	for i, by := range last {
		freed[by] = append(freed[by], Index(i))
	}
	held, most := 0, 0
	for i := range last {
		held += size(Index(i))
		most = max(most, held)
		for _, n := range freed[i] {
			held -= size(n)
		}
	}
	return most
}

func one(Index) int { return 1 }

// reduceTree adds a tree of sums over the tasks, level by level, and returns its root.
func reduceTree(b *Builder, call uint32, level []Index) Index {
	for len(level) > 1 {
		var next []Index
		for pair := range slices.Chunk(level, 2) {
			var refs []Ref
			for _, i := range pair {
				refs = append(refs, OutputRef(i, 0))
			}
			next = append(next, b.Add(call, refs...))
		}
		level = next
	}
	return level[0]
}

// treeReduction loads n chunks and sums them in a tree, written level by level.
func treeReduction(t testing.TB, n int) (*Graph, Index) {
	b := oneOp()
	var level []Index
	for range n {
		level = append(level, b.Add(0))
	}
	root := reduceTree(b, 0, level)
	return mustBuild(t, b), root
}

// mirroredSum is (A + A.T).sum() over n × n blocks, written operation by operation as an array library would.
func mirroredSum(t testing.TB, n int) (*Graph, Index) {
	b := oneOp()
	big := b.Call(Call{Traits: b.Traits(Traits{Hints: Hints{Bytes: 1000}})})
	small := b.Call(Call{Traits: b.Traits(Traits{Hints: Hints{Bytes: 8}})})
	block := func(i, j int) Index { return Index(i*n + j) }
	for range n * n {
		b.Add(big)
	}
	var sums []Index
	for i := range n {
		for j := range n {
			sums = append(sums, b.Add(big, OutputRef(block(i, j), 0), OutputRef(block(j, i), 0)))
		}
	}
	for k, i := range sums {
		sums[k] = b.Add(small, OutputRef(i, 0))
	}
	root := reduceTree(b, small, sums)
	return mustBuild(t, b), root
}

// bytesOf is the size by hint of a task's result.
func bytesOf(g *Graph) func(Index) int {
	return func(i Index) int { return int(max(1, g.traits[g.calls[g.CallOf(i)].Traits].Hints.Bytes)) }
}

func TestOrderMakesATreeOfSumsHoldOnePathOfIt(t *testing.T) {
	const n = 1024
	g, root := treeReduction(t, n)
	if before := pressure(g, one, root); before < n {
		t.Fatalf("level by level only %d results are held: the test shows nothing", before)
	}
	ordered, to := g.Order(root)
	now, _ := to.To(root)
	// A full binary tree of 2^k leaves needs k+2 places: one for each level and one for the sum that is being made.
	if after := pressure(ordered, one, now); after != 12 {
		t.Errorf("%d results are held, and 12 are enough", after)
	}
}

func TestOrderFreesBlocksAndTheirMirrorImagesTogether(t *testing.T) {
	const n = 16
	g, root := mirroredSum(t, n)
	before := pressure(g, bytesOf(g), root)
	ordered, to := g.Order(root)
	now, _ := to.To(root)
	after := pressure(ordered, bytesOf(ordered), now)
	if before < n*n*1000 || after > 5*1000 {
		t.Errorf("%d bytes before and %d after: a block, its mirror image and one sum are enough", before, after)
	}
}

func TestOrderMakesTheInputThatNeedsMoreFirst(t *testing.T) {
	b := oneOp()
	leaf := b.Add(0)
	var level []Index
	for range 8 {
		level = append(level, b.Add(0))
	}
	tree := reduceTree(b, 0, level)
	root := b.Add(0, OutputRef(leaf, 0), OutputRef(tree, 0))
	g := mustBuild(t, b)
	ordered, to := g.Order(root)
	first, _ := to.To(leaf)
	second, _ := to.To(tree)
	if first < second {
		t.Errorf("the leaf runs at %d and is held while the tree is made until %d", first, second)
	}
	if got := pressure(ordered, one, Index(ordered.Len()-1)); got != 5 {
		t.Errorf("%d results are held, and 5 are enough", got)
	}
}

func TestOrderOfATreeIsTheBestOfAllPostOrders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := oneOp()
		for range 4 {
			bytes := rapid.Int64Range(1, 9).Draw(t, "bytes")
			b.Call(Call{Traits: b.Traits(Traits{Hints: Hints{Bytes: bytes}})})
		}
		free := []Index{}
		n := rapid.IntRange(1, 12).Draw(t, "tasks")
		for range n { // each takes some of those that nobody has taken
			k := rapid.IntRange(0, min(3, len(free))).Draw(t, "inputs")
			var refs []Ref
			for _, i := range free[len(free)-k:] {
				refs = append(refs, OutputRef(i, 0))
			}
			free = append(free[:len(free)-k], b.Add(rapid.Uint32Range(1, 4).Draw(t, "call"), refs...))
		}
		var refs []Ref
		for _, i := range free {
			refs = append(refs, OutputRef(i, 0))
		}
		root := b.Add(0, refs...)
		g, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		ordered, _ := g.Order(root)
		got := pressure(ordered, bytesOf(ordered), root)
		best := bestPostOrder(g, root)
		if got > best {
			t.Fatalf("%d bytes are held, and a post-order needs only %d", got, best)
		}
	})
}

// bestPostOrder tries every order of every task's inputs.
func bestPostOrder(g *Graph, i Index) int {
	_, refs := g.Task(i, nil)
	size := bytesOf(g)
	best := -1
	permute(slices.Clone(refs), 0, func(refs []Ref) {
		held, most := 0, 0
		for _, r := range refs {
			most = max(most, held+bestPostOrder(g, r.Task()))
			held += size(r.Task())
		}
		if most = max(most, held+size(i)); best < 0 || most < best {
			best = most
		}
	})
	return best
}

func permute(refs []Ref, k int, f func([]Ref)) {
	if k == len(refs) {
		f(refs)
		return
	}
	for j := k; j < len(refs); j++ {
		refs[k], refs[j] = refs[j], refs[k]
		permute(refs, k+1, f)
		refs[k], refs[j] = refs[j], refs[k]
	}
}

func TestOrderLeavesALayerThatAnIndexMapReads(t *testing.T) {
	for name, m := range map[string]IndexMap{"one of them": {Offset: 3, Coef: []int64{0}}, "all": Identity(4)} {
		b := oneOp()
		for range 2 { // 0 and 1, then 2 takes 1, 3 takes 0: depth first is 0 3 1 2
			b.Add(0)
		}
		b.Add(0, OutputRef(1, 0))
		b.Add(0, OutputRef(0, 0))
		b.Affine(Affine{Space: []uint32{4}, Args: []AffineArg{{Ref: OutputRef(0, 0), Map: m}}})
		g := mustBuild(t, b)
		ordered, to := g.Order(3, 2)
		place, _ := to.To(3)
		if name == "all" && (ordered != g || place != 3) {
			t.Errorf("%s: the layer was reordered, and the map was not", name)
		}
		if name == "one of them" {
			_, refs := ordered.Task(5, nil)
			if place == 3 || refs[0] != OutputRef(place, 0) || ordered.layers[1].aff == nil {
				t.Errorf("%s: task 3 is now %d, and the layer takes %v", name, place, refs[0])
			}
		}
	}
}

func TestAMillionTasksInAChainAndInARowPassEveryPass(t *testing.T) {
	const n = 1_000_000
	shapes := map[string]func(b *Builder){
		"chain": func(b *Builder) {
			b.Add(0)
			for i := range n - 1 {
				b.Add(0, OutputRef(Index(i), 0))
			}
		},
		"row": func(b *Builder) {
			refs := []Ref{ListRef(n - 1)}
			for range n - 1 {
				refs = append(refs, OutputRef(b.Add(0), 0))
			}
			b.Add(0, refs...)
		},
		"two takers of all": func(b *Builder) {
			refs := []Ref{}
			for range n - 2 {
				refs = append(refs, OutputRef(b.Add(0), 0))
			}
			b.Add(0, refs...)
			b.Add(0, refs...)
		},
	}
	for name, write := range shapes {
		b := oneOp()
		write(b)
		g := mustBuild(t, b)
		last := Index(n - 1)
		for pass, f := range map[string]func(...Index) (*Graph, Renumbering){"Cull": g.Cull, "Fuse": g.Fuse, "Order": g.Order} {
			after, to := f(last)
			if err := after.Validate(); err != nil {
				t.Errorf("%s of a %s: %v", pass, name, err)
			}
			want := map[string]int{"two takers of all Cull": n - 1, "chain Fuse": n / maxSteps}[name+" "+pass]
			if want == 0 {
				want = n
			}
			if _, ok := to.To(last); !ok || after.Len() != want {
				t.Errorf("%s of a %s: %d tasks, and %d are right", pass, name, after.Len(), want)
			}
		}
	}
}

func ExampleGraph_Order() {
	b := NewBuilder()
	load := b.Call(Call{Op: b.Op(Op{Name: "go/load"}), Traits: b.Traits(Traits{}), Site: b.Site(0)})
	sum := b.Call(Call{Op: b.Op(Op{Name: "go/sum"})})
	chunks := []Ref{}
	for range 4 {
		chunks = append(chunks, OutputRef(b.Add(load), 0)) // all loads first
	}
	left, right := b.Add(sum, chunks[0], chunks[1]), b.Add(sum, chunks[2], chunks[3])
	total := b.Add(sum, OutputRef(left, 0), OutputRef(right, 0))
	g, err := b.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	g, _ = g.Order(total)
	for i := range g.Len() {
		fmt.Print(g.Name(Index(i)), " ")
	}
	fmt.Println()
	// Output: load#0 load#1 sum#2 load#3 load#4 sum#5 sum#6
}
