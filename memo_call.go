package braid

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/launch"
	"github.com/braid-compute/braid/internal/memo"
)

// memoMark stands before the signature of a function whose results are kept, followed by where they are and of which version.
const memoMark = "memo "

// memoized is a store as calls use it.
type memoized struct {
	from MemoStore

	once    sync.Once
	err     error
	version string
	store   *memo.Store

	mu    sync.Mutex
	calls map[*function]*function // functions with the store around them
}

func newMemoized(s MemoStore) *memoized { return &memoized{from: s} }

// ready finds out what is too slow for the time when package variables are initialised: the code id.
func (m *memoized) ready() error {
	m.once.Do(func() {
		if m.store, m.err = m.from.open(); m.err != nil {
			return
		}
		m.version = "version " + m.from.Version
		if m.from.Version == "" {
			m.version, m.err = ownCode()
		}
	})
	return m.err
}

// ownCode returns the version of functions that have none: the hash of the executable.
var ownCode = sync.OnceValues(func() (string, error) {
	path, err := launch.Executable()
	if err != nil {
		return "", fmt.Errorf("the code id of the program, which Memo takes as the version of its functions: %w", err)
	}
	id, err := launch.CodeOf(context.Background(), path)
	if err != nil {
		return "", fmt.Errorf("the code id of the program, which Memo takes as the version of its functions: %w", err)
	}
	return fmt.Sprintf("code %x", id), nil
})

// refuse returns why the results of a call cannot be kept.
func (m *memoized) refuse(f *function, s *settings) error {
	switch {
	case f.digests == nil:
		return errors.New("Memo keeps results of functions that Func, Func2, Func3 or FuncView registered, and this is none")
	case strings.HasPrefix(f.name, commandKind) && m.from.Version == "":
		return errors.New("Memo of a Command needs a Version: the program, and the files that it reads, may change without a new build; change the version when they do")
	case s.traits.Impure:
		return errors.New("Memo keeps a result to return it again, and Impure says that the next may be another: remove one of them")
	case s.key != "":
		return fmt.Errorf("Key(%q) and Memo exclude each other: a key holds a result while somebody wants it, Memo keeps it on disk", s.key)
	}
	if err := f.border(); err != nil {
		return fmt.Errorf("Memo: %w", err)
	}
	if err := m.ready(); err != nil {
		return fmt.Errorf("Memo: %w", err)
	}
	return nil
}

// around returns the function as it is called with its results kept. ready has been called.
func (m *memoized) around(f *function, isolated bool) *function {
	inner := f
	if isolated {
		inner = f.alone()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if kept := m.calls[inner]; kept != nil {
		return kept
	}
	op := &exec.Op{Encode: encodeAny, Form: formOf, Call: func(ctx context.Context, in []any) (any, error) { return m.call(ctx, f, inner, in) }}
	if inner.op.Size != nil {
		op.Size = func(v any) (int64, bool) {
			if e, ok := v.(*exec.Encoded); ok {
				return int64(len(e.Data)), true
			}
			return inner.op.Size(v)
		}
	}
	if m.calls == nil {
		m.calls = make(map[*function]*function)
	}
	kept := &function{name: f.name, signature: m.mark() + inner.signature, site: f.site, typ: f.typ, border: f.border, op: op}
	m.calls[inner] = kept
	return kept
}

// call returns the result that is kept, or runs the function and keeps what it returns.
func (m *memoized) call(ctx context.Context, f, inner *function, in []any) (any, error) {
	k, err := m.key(f, in)
	if err != nil {
		return nil, fmt.Errorf("Memo: %w", err)
	}
	if e := m.get(f, k, math.MaxInt64); e != nil {
		return e, nil
	}
	fl, first := board(ctx, m.store.Folder, k)
	if !first {
		in = exec.CopyInputs(in) // they serve other tasks meanwhile
		if err := fl.wait(ctx, f.short()); err != nil {
			return nil, err
		}
		if !fl.kept.Load() { // there is nothing to be had from it, so the others do not wait for each other
			v, _, err := m.run(ctx, f, inner, in, k)
			return v, err
		}
	} else {
		defer fl.land()
	}
	if e := m.get(f, k, math.MaxInt64); e != nil { // an equal call may have ended just now
		return e, nil
	}
	v, kept, err := m.run(ctx, f, inner, in, k)
	if first {
		fl.kept.Store(kept)
	}
	return v, err
}

// run runs the function and keeps what it returns. It reports whether that succeeded.
func (m *memoized) run(ctx context.Context, f, inner *function, in []any, k memo.Key) (v any, kept bool, err error) {
	began := time.Now()
	v, err = inner.op.Call(ctx, in)
	if err != nil || ctx.Err() != nil { // a function may return half of its result when its context ends
		return v, false, err
	}
	e := memo.Entry{Key: k, Function: f.short(), Version: m.version, Made: time.Now()}
	e.Took = e.Made.Sub(began)
	if e.Result, err = inner.op.Encode(v); err == nil {
		err = m.store.Put(e)
	}
	if err != nil {
		m.warn(ctx, err)
		return v, false, nil
	}
	if m.store.Due() {
		m.sweep(ctx)
	}
	return v, true, nil
}

// sweep looks the folder through: beside the tasks of the client that runs this one.
func (m *memoized) sweep(ctx context.Context) {
	if c := clientOf(ctx); c == nil || !c.aside.start(m.store.Sweep) {
		m.store.Sweep(ctx)
	}
}

// clientOf returns the client whose task ctx belongs to, or nil.
func clientOf(ctx context.Context) *Client {
	t := exec.FromContext(ctx)
	if t == nil {
		return nil
	}
	c, _ := t.Owner().(*Client)
	return c
}

// get returns what is kept under a key, if it is a result of the function and its file has at most so many bytes.
func (m *memoized) get(f *function, k memo.Key, most int64) *exec.Encoded {
	data, ok := m.store.GetWithin(f.short(), k, most)
	if !ok {
		return nil
	}
	e := &exec.Encoded{Data: data}
	if f.readable(e) != nil {
		return nil
	}
	return e
}

// mostKept bounds the kept results that a client takes for one submission. Workers look the others up, one at a time and within
// the bounds of their memory.
const mostKept = 64 << 20

// lookup returns the result that is kept of a call with these inputs, or nil. It takes its bytes from the room, and returns nil also if
// there is not enough.
func (m *memoized) lookup(f *function, in []any, room *atomic.Int64) *exec.Encoded {
	if room.Load() <= 0 {
		return nil
	}
	k, err := m.key(f, in)
	if err != nil {
		return nil // the task says why
	}
	e := m.get(f, k, room.Load())
	if e != nil && room.Add(-int64(len(e.Data))) < 0 {
		room.Add(int64(len(e.Data))) // others have taken it meanwhile
		return nil
	}
	return e
}

// key returns the digest of a call.
func (m *memoized) key(f *function, in []any) (memo.Key, error) {
	w := newHashing()
	w.part('f', []byte(f.name))
	w.part('s', []byte(f.signature))
	w.part('c', []byte(m.version))
	for n, v := range in {
		data, err := f.digests[n](v)
		if err != nil {
			return memo.Key{}, fmt.Errorf("argument %d: %w", n+1, err)
		}
		w.part('v', data)
	}
	return memo.Key(w.sum()), nil
}

// warned holds the folders that this process has warned of.
var warned sync.Map

// warn says, once for each folder and process, that results are not kept.
func (m *memoized) warn(ctx context.Context, err error) {
	if _, again := warned.LoadOrStore(m.store.Folder, true); again {
		return
	}
	text := fmt.Sprintf("results cannot be kept in %s, and the calls go on without: %v", m.store.Folder, err)
	if c := clientOf(ctx); c != nil && c.cluster == nil {
		c.say("%s", text)
		return
	}
	fmt.Fprintln(os.Stderr, "braid: "+text) // of a worker, whose client passes it on
}

// mark is what a worker needs to know of the store, before the signature. The version is that of the client's code.
func (m *memoized) mark() string {
	return fmt.Sprintf("%s%q %q %d %d ", memoMark, m.store.Folder, m.version, m.store.MaxBytes, m.store.MaxAge)
}

// marked are the stores that clients of this worker have named.
var marked struct {
	mu     sync.Mutex
	byText map[string]*memoized
}

// mostMarked bounds how many a worker remembers.
const mostMarked = 1024

// unmark returns the store that stands before a signature, if one does.
func unmark(text string) (m *memoized, signature string, err error) {
	rest, ok := strings.CutPrefix(text, memoMark)
	if !ok {
		return nil, text, nil
	}
	spec := rest
	var words [4]string
	for k := range words {
		q := ""
		if k < 2 {
			q, err = strconv.QuotedPrefix(rest)
			rest = strings.TrimPrefix(rest, q+" ")
		} else if q, rest, ok = strings.Cut(rest, " "); !ok {
			err = errors.New("it is cut short")
		}
		if err != nil {
			return nil, "", fmt.Errorf("the store of its results, %q: %w", text, err)
		}
		words[k] = q
	}
	spec = spec[:len(spec)-len(rest)]
	marked.mu.Lock()
	defer marked.mu.Unlock()
	if m := marked.byText[spec]; m != nil {
		return m, rest, nil
	}
	m = &memoized{store: new(memo.Store)}
	var errs [4]error
	m.store.Folder, errs[0] = strconv.Unquote(words[0])
	m.version, errs[1] = strconv.Unquote(words[1])
	m.store.MaxBytes, errs[2] = strconv.ParseInt(words[2], 10, 64)
	var age int64
	age, errs[3] = strconv.ParseInt(words[3], 10, 64)
	m.store.MaxAge = time.Duration(age)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, "", fmt.Errorf("the store of its results, %q: %w", text, err)
	}
	m.once.Do(func() {}) // it is ready
	if marked.byText == nil || len(marked.byText) >= mostMarked {
		marked.byText = make(map[string]*memoized)
	}
	marked.byText[spec] = m
	return m, rest, nil
}

// argumentBytes returns how an argument of type A becomes the bytes that stand for it in a digest: the same for a live
// value, one that crossed a border, and a list of either.
func argumentBytes[A any]() func(any) ([]byte, error) {
	typed := taker[A]()
	return func(v any) ([]byte, error) {
		a, err := typed(v)
		if err != nil {
			return nil, err
		}
		return codec.Encode(nil, a)
	}
}

// readable returns how to find out whether bytes are a result of type R.
func readable[R any]() func(*exec.Encoded) error {
	assemble := assembler[R]()
	return func(e *exec.Encoded) error {
		_, err := take[R](e, assemble)
		return err
	}
}
