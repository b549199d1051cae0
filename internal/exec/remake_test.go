package exec

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
)

// remaker is an executor that makes damaged results again, and whose results are on disk soon.
type remaker struct {
	t       *testing.T
	x       *Executor
	s       *block.Store
	scratch string
	calls   atomic.Int32 // of text
	text    *Op          // of "text " 10,000 times and the texts of its inputs
}

func newRemaker(t *testing.T, slots int) *remaker {
	t.Helper()
	m := &remaker{t: t, scratch: t.TempDir()}
	s, err := block.Open(block.Options{Limit: 1 << 20, SpillMark: 1, PauseMark: 1 << 19, Scratch: m.scratch})
	if err != nil {
		t.Fatal(err)
	}
	m.s, m.x = s, New(Config{Slots: slots, MemoryLimit: 1 << 20, Store: s, Remake: true})
	m.text = &Op{
		Call: func(_ context.Context, in []any) (any, error) {
			m.calls.Add(1)
			long := strings.Repeat("text ", 10_000)
			for _, v := range in {
				switch v := v.(type) {
				case *List:
					for _, item := range *v {
						long += item.(string)
					}
				case string:
					long += v
				}
			}
			return long, nil
		},
		Size: repeatText.Size, Form: repeatText.Form,
	}
	t.Cleanup(func() {
		err := m.x.Close(time.Minute) // runs end beside who waits for their results
		if st := s.Stats(); st.Blocks != 0 {
			t.Errorf("%d blocks are left", st.Blocks)
		}
		if err := errors.Join(err, s.Close()); err != nil {
			t.Error(err)
		}
	})
	return m
}

// run submits n texts, each of the arguments, and waits until they are on disk.
func (m *remaker) run(n int, traits graph.Traits, args ...func(*graph.Builder) graph.Ref) *Run {
	m.t.Helper()
	b := graph.NewBuilder()
	c := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/text", Impl: m.text}), Traits: b.Traits(traits), Site: b.Site(0)})
	var refs []graph.Ref
	for _, arg := range args {
		refs = append(refs, arg(b))
	}
	for range n {
		b.Add(c, refs...)
	}
	g, err := b.Build()
	if err != nil {
		m.t.Fatal(err)
	}
	r, err := m.x.Submit(g, Want{All: true})
	if err != nil {
		m.t.Fatal(err)
	}
	<-r.Done()
	for m.s.Used() > 0 || r.g.Load() != nil { // they are written, and the run ends, beside who waits
		runtime.Gosched()
	}
	return r
}

func literal(v any) func(*graph.Builder) graph.Ref {
	return func(b *graph.Builder) graph.Ref { return b.Literal(v) }
}

func resultOf(r *Run, i graph.Index) func(*graph.Builder) graph.Ref {
	return func(b *graph.Builder) graph.Ref { return b.External(graph.External{Task: i, Live: r}) }
}

func resultsOf(r *Run) func(*graph.Builder) graph.Ref {
	return func(b *graph.Builder) graph.Ref {
		return b.External(graph.External{List: true, Count: uint32(r.Tasks()), Live: r})
	}
}

// damage flips a bit of every record on disk.
func (m *remaker) damage() {
	m.t.Helper()
	n := 0
	err := filepath.WalkDir(m.scratch, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && (e.IsDir() || e.Name() == "lock") {
			return nil // files of what was released are removed beside us
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		b := make([]byte, 1)
		for at := int64(40_000); err == nil && at < info.Size(); at += 40_000 { // less than a text
			if _, err = f.ReadAt(b, at); err == nil {
				b[0] ^= 4
				_, err = f.WriteAt(b, at)
			}
		}
		n++
		return err
	})
	if err != nil || n == 0 {
		m.t.Fatalf("%d files were damaged, %v", n, err)
	}
}

func (m *remaker) wantLength(r *Run, i graph.Index, want int) {
	m.t.Helper()
	v, f, err := r.Value(m.t.Context(), i)
	if text, _ := v.(string); err != nil || f != nil || len(text) != want || strings.Trim(text, "tex ") != "" {
		m.t.Errorf("a text of %d letters, failure %v, error %v; want %d", len(text), f, err, want)
	}
}

func TestADamagedResultIsMadeAgain(t *testing.T) {
	m := newRemaker(t, 1) // so that who waits for it has to yield its slot
	r := m.run(3, graph.Traits{}, literal("text"))
	m.damage()
	sum := lengths(t, m.x, r, 3)
	if v, f, _ := sum.Outcome(0); f != nil || v != 4*50_004 {
		t.Errorf("a task that takes them: %v, %v", v, f)
	}
	m.wantLength(r, 1, 50_004)
	if st := m.s.Stats(); st.Lost != 3 || st.Restored != 3 || m.calls.Load() != 6 {
		t.Errorf("%d results were lost and %d restored by %d calls", st.Lost, st.Restored, m.calls.Load())
	}
	r.ReleaseAll(ErrCancelled)
	sum.ReleaseAll(ErrCancelled)
}

func TestADamagedResultIsMadeOnceForAllWhoWait(t *testing.T) {
	m := newRemaker(t, 2)
	r := m.run(1, graph.Traits{})
	m.damage()
	got := make(chan int, 8)
	for range cap(got) {
		go func() {
			v, _, _ := r.Value(t.Context(), 0)
			text, _ := v.(string)
			got <- len(text)
		}()
	}
	for range cap(got) {
		if n := <-got; n != 50_000 {
			t.Errorf("a text of %d letters", n)
		}
	}
	if n := m.calls.Load(); n != 2 {
		t.Errorf("%d calls", n)
	}
	r.ReleaseAll(ErrCancelled)
}

// Who found a result lost may come when it has been made again for another.
func TestAResultThatWasMadeAgainIsNotMadeOnceMore(t *testing.T) {
	m := newRemaker(t, 1)
	r := m.run(1, graph.Traits{})
	m.damage()
	m.wantLength(r, 0, 50_000)
	v, _, _ := r.Outcome(0)
	if err := r.mend(t.Context(), 0, v.(*block.Block)); err != nil || m.calls.Load() != 2 {
		t.Errorf("%v, after %d calls", err, m.calls.Load())
	}
	r.ReleaseAll(ErrCancelled)
}

// What a result was made from is gone: it is made again, too, from what that was made from.
func TestADamagedResultIsMadeAgainFromTheBeginning(t *testing.T) {
	m := newRemaker(t, 2)
	first := m.run(2, graph.Traits{})
	second := m.run(2, graph.Traits{}, resultsOf(first), literal("text"))
	third := m.run(1, graph.Traits{}, resultOf(second, 1))
	first.ReleaseAll(ErrCancelled)
	second.ReleaseAll(ErrCancelled)
	m.damage()
	before := m.calls.Load()
	m.wantLength(third, 0, 200_004)
	if n := m.calls.Load() - before; n != 4 {
		t.Errorf("%d calls to make it again; want its own, one of the second run and two of the first", n)
	}
	third.ReleaseAll(ErrCancelled)
}

func TestDamagedResultsThatAreNotMadeAgain(t *testing.T) {
	for _, c := range []struct {
		name   string
		traits graph.Traits
		arg    any
		want   error
	}{
		{"impure", graph.Traits{Impure: true}, 1, errImpure},
		{"large", graph.Traits{}, strings.Repeat("text ", 5000), errNoRecipe},
		{"may have changed", graph.Traits{}, []int{1}, errNoRecipe},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newRemaker(t, 1)
			r := m.run(1, c.traits, literal(c.arg))
			m.damage()
			if _, _, err := r.Value(t.Context(), 0); !errors.Is(err, block.ErrLost) || !errors.Is(err, c.want) {
				t.Errorf("the error is %v", err)
			}
			r.ReleaseAll(ErrCancelled)
		})
	}
}

// Of runs that each take the result of the one before not all are kept by the last.
func TestChainsOfRecipesAreCut(t *testing.T) {
	m := newRemaker(t, 1)
	r := m.run(1, graph.Traits{})
	kept := 0
	for range 2 * maxRecipes {
		next := m.run(1, graph.Traits{}, func(b *graph.Builder) graph.Ref { return b.External(graph.External{List: true, Live: r}) })
		r.ReleaseAll(ErrCancelled)
		r = next
		if kept++; r.recipe.Load() == nil {
			break
		}
	}
	if kept != maxRecipes {
		t.Errorf("the first run without a recipe has %d runs behind it; want %d", kept, maxRecipes)
	}
	r.ReleaseAll(ErrCancelled)
}

func TestPlainTypes(t *testing.T) {
	type both struct {
		N    [2]int32
		Name string
	}
	for v, want := range map[any]int64{1: 8, "four": 20, both{Name: "four"}: 28, [2]string{"a", "bc"}: 35, 2i: 16} {
		if !Plain(reflect.TypeOf(v)) || PlainSize(v) != want {
			t.Errorf("%v of %T has %d bytes; want %d", v, v, PlainSize(v), want)
		}
	}
	for _, v := range []any{[]int{}, &both{}, map[int]int{}, struct{ p *int }{}, [1]any{}, func() {}} {
		if Plain(reflect.TypeOf(v)) {
			t.Errorf("%T counts as plain", v)
		}
	}
}
