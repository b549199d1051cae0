package block

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
)

// textForm is a form of strings whose sizes are not known without encoding them.
func textForm() *Form {
	return &Form{
		Name:   "text",
		Encode: func(dst []byte, v any) ([]byte, error) { return append(dst, v.(string)...), nil },
		Decode: func(data []byte) (any, error) { return string(data), nil },
	}
}

// openStore opens a store until the test ends.
func openStore(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Limit == 0 {
		o.Limit = 10 << 20
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// openFaulty opens a store that spills to a disk with faults.
func openFaulty(t testing.TB, o Options) (*Store, *faultDisk) {
	t.Helper()
	o.Scratch = t.TempDir()
	s := openStore(t, o)
	d := newFaultDisk()
	s.spill.disk = d
	return s, d
}

// flat makes a flat block of n bytes that begin with mark.
func flat(t testing.TB, s *Store, n int, mark byte) *Block {
	t.Helper()
	b, err := s.Buffer(context.Background(), int64(n), nil)
	if err != nil {
		t.Fatal(err)
	}
	fillBytes(b.Bytes(), mark)
	return b.Seal()
}

// ramp is what blocks are filled from: a byte for each 32.
var ramp = func() []byte {
	b := make([]byte, 2<<20)
	for i := range b {
		b[i] = byte(i >> 5)
	}
	return b
}()

// fillBytes fills a block of at most a mebibyte and a little, so that it begins with mark.
func fillBytes(b []byte, mark byte) { copy(b, ramp[int(mark)<<5:][:len(b)]) }

// wants checks what a flat block holds.
func wants(t testing.TB, b *Block, n int, mark byte) {
	t.Helper()
	v, err := b.Pin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer v.Release()
	want := make([]byte, n)
	fillBytes(want, mark)
	if !bytes.Equal(v.Bytes(), want) {
		t.Fatalf("block %d of %d bytes does not hold what was written to it", b.Number(), n)
	}
}

func TestBlocksGoToFilesAndComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scratch := t.TempDir()
		s := openStore(t, Options{Scratch: scratch})
		const n = 1 << 20
		var all []*Block
		for k := range 30 {
			all = append(all, flat(t, s, n, byte(k)))
		}
		synctest.Wait()
		if got := s.Stats(); got.Used > got.SpillMark || got.Peak > got.PauseMark+n || got.SpilledBytes < 20<<20 || got.Files != got.SpilledBytes/(n+headerSize) {
			t.Errorf("after 30 MiB: %+v", got)
		}
		if st := all[0].State(); st != Spilled {
			t.Errorf("the oldest block is %v", st)
		}
		if st := all[29].State(); st != InMemory {
			t.Errorf("the newest block is %v", st)
		}
		for k, b := range all {
			wants(t, b, n, byte(k))
		}
		synctest.Wait()
		if got := s.Stats(); got.Used > got.SpillMark || got.ReadBytes < 24<<20 || got.Peak > got.PauseMark+n {
			t.Errorf("after reading: %+v", got)
		}
		for _, b := range all {
			b.Release()
		}
		synctest.Wait()
		if got := s.Stats(); got.Used != 0 || got.Blocks != 0 || got.Files != 0 || got.FileBytes != 0 || got.Resident != got.Kept {
			t.Errorf("after releasing: %+v", got)
		}
		if files, err := filepath.Glob(filepath.Join(scratch, "*", "[0-9]*")); err != nil || len(files) > 0 {
			t.Errorf("files are left: %v, %v", files, err)
		}
		info, err := os.Stat(s.spill.folder.path)
		if err != nil || info.Mode() != fs.ModeDir|0o700 {
			t.Errorf("the spill folder: %v, %v", info.Mode(), err)
		}
	})
}

func TestBoxedValuesAreSizedSpilledAndDecoded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, disk := openFaulty(t, Options{Limit: 1 << 20})
		form := textForm()
		var all []*Block
		value := func(k int) string { return strings.Repeat(string(rune('a'+k%26)), 5000+k) }
		for k := range 300 {
			b, err := s.Box(context.Background(), value(k), form, nil)
			if err != nil {
				t.Fatal(err)
			}
			if b.Size() < 5000 || b.Size() > 5300 {
				t.Errorf("value %d of %d bytes is counted with %d", k, len(value(k)), b.Size())
			}
			all = append(all, b)
		}
		synctest.Wait()
		if files, _ := disk.count(); files == 0 || files > 30 {
			t.Errorf("%d files for 300 small values", files)
		}
		for k, b := range all {
			if data, err := encodedBytes(b); err != nil || string(data) != value(k) {
				t.Fatalf("value %d is encoded as %d bytes, %v", k, len(data), err)
			}
		}
		if st := all[0].State(); st != Spilled {
			t.Errorf("a block whose bytes were asked for is %v", st)
		}
		for k, b := range all {
			v, err := b.Pin(context.Background())
			if err != nil || v.Value() != value(k) || v.Bytes() != nil {
				t.Fatalf("value %d: %v", k, err)
			}
			v.Release()
			b.Release()
		}
		synctest.Wait()
		if files, n := disk.count(); files != 0 || n != 0 {
			t.Errorf("%d files of %d bytes are left", files, n)
		}
		if got := s.Stats(); got.Used != 0 || got.FileBytes != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestPinnedBlocksStayAndOthersGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := openFaulty(t, Options{})
		first := flat(t, s, 1<<20, 1)
		v, err := first.Pin(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		var rest []*Block
		for k := range 20 {
			rest = append(rest, flat(t, s, 1<<20, byte(k)))
		}
		synctest.Wait()
		if st := first.State(); st != InMemory {
			t.Errorf("the pinned block is %v", st)
		}
		if rest[0].State() != Spilled {
			t.Errorf("the oldest of the others is %v", rest[0].State())
		}
		first.Release() // the view holds it
		if v.Bytes()[0] != 1 {
			t.Error("the view has lost its memory")
		}
		before := s.Stats().Used
		v.Release()
		if got := s.Stats().Used; got != before-1<<20 {
			t.Errorf("%d bytes are in use after the last view, %d before", got, before)
		}
	})
}

func TestWithoutRoomWhatRunsGoesOn(t *testing.T) {
	s, _ := openFaulty(t, Options{})
	var out []*Buffer
	for range 9 { // above the pause mark, and nothing can leave
		b, err := s.Buffer(context.Background(), 1<<20, nil)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	if got := s.Stats(); got.Used != 9<<20 {
		t.Errorf("%+v", got)
	}
	for _, b := range out {
		b.Discard()
	}
	if got := s.Stats(); got.Used != 0 {
		t.Errorf("%+v", got)
	}
	if _, err := s.Buffer(context.Background(), 10<<20+1, nil); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if _, err := s.Buffer(context.Background(), -1, nil); err == nil {
		t.Error("a buffer of -1 bytes was given")
	}
}

func TestReservationsWaitInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rooms := make(chan struct{}, 10)
		s := openStore(t, Options{Limit: 100 << 20, Room: func() { rooms <- struct{}{} }})
		ctx := context.Background()
		first, err := s.Reserve(ctx, 200<<20) // alone, so it does not wait
		if err != nil {
			t.Fatal(err)
		}
		let := make(chan int, 3)
		for k, n := range []int64{60 << 20, 10 << 20, 30 << 20} {
			go func() {
				_, err := s.Reserve(ctx, n)
				if closed := errors.Is(err, ErrClosed); closed != (k == 2) || err != nil && !closed {
					t.Errorf("%d: %v", k, err)
				}
				let <- k
			}()
			synctest.Wait()
		}
		if s.TryReserve(1) != nil {
			t.Error("a reservation was given ahead of others")
		}
		gone, cancel := context.WithCancel(ctx)
		refused := make(chan error)
		go func() {
			_, err := s.Reserve(gone, 1)
			refused <- err
		}()
		synctest.Wait()
		if got := s.Stats().Waiting; got != 4 {
			t.Errorf("%d wait", got)
		}
		cancel()
		if err := <-refused; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		first.Release()
		synctest.Wait()
		if len(let) != 2 || <-let+<-let != 0+1 {
			t.Error("not the first two were let in")
		}
		if len(rooms) != 1 {
			t.Errorf("who could not wait was told %d times that there is room", len(rooms))
		}
		s.Charge(Decode, 5<<20)
		s.Charge(Decode, -5<<20)
		if got := s.Stats(); got.Waiting != 1 || got.Used != 70<<20 {
			t.Errorf("%+v", got)
		}
		s.Close()
		synctest.Wait() // the third has got its error
	})
}

// Who was told that there is no room hears of it when there is as much as was asked for, and not before.
func TestWhoIsServedHearsOfRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rooms, beside := make(chan struct{}, 10), int64(1<<20)
		s := openStore(t, Options{Limit: 100 << 20})
		s.Serve(func() int64 { return beside }, func() { rooms <- struct{}{} })
		s.Charge(Transfer, 78<<20)
		if s.Admit(2<<20) || s.Fits(5<<20) || !s.Fits(1<<20) {
			t.Error("what is beside the store does not count")
		}
		for _, want := range []int{0, 1, 1} {
			s.Charge(Transfer, -1<<19)
			if synctest.Wait(); len(rooms) != want {
				t.Errorf("told %d times instead of %d", len(rooms), want)
			}
		}
		if !s.Admit(2 << 20) {
			t.Error("there is no room")
		}
		if s.Fits(1 << 20) {
			t.Error("what was admitted does not count")
		}
		s.Charge(Expected, -2<<20)
		if synctest.Wait(); len(rooms) != 2 || s.Used() != 153<<19 {
			t.Errorf("told %d times, %d bytes in use", len(rooms), s.Used())
		}
		s.Close()
		if s.Admit(1) {
			t.Error("a closed store admits")
		}
	})
}

func TestBlocksMakeRoomForAReservation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := openFaulty(t, Options{})
		for range 5 {
			flat(t, s, 1<<20, 0) // below the spill mark
		}
		ctx := context.Background()
		if _, err := s.Reserve(ctx, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Reserve(ctx, 6<<20); err != nil { // which waits until blocks have gone
			t.Fatal(err)
		}
		if got := s.Stats(); got.Used > got.PauseMark || got.Files < 3 {
			t.Errorf("%+v", got)
		}
		big, cancel := context.WithCancel(ctx)
		errs := make(chan error)
		go func() {
			_, err := s.Reserve(big, 9<<20)
			errs <- err
		}()
		synctest.Wait()
		go func() {
			_, err := s.Reserve(ctx, 1)
			errs <- err
		}()
		synctest.Wait()
		cancel() // who waited behind it has room
		if one, other := <-errs, <-errs; (one == nil) == (other == nil) {
			t.Errorf("%v, %v", one, other)
		}
	})
}

func TestBlocksUseReservationsUp(t *testing.T) {
	s := openStore(t, Options{})
	ctx := context.Background()
	r, err := s.Reserve(ctx, 3<<20)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Buffer(ctx, 2<<20, r)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Stats(); got.Used != 3<<20 || got.Reserved != 1<<20 {
		t.Errorf("%+v", got)
	}
	blk, err := s.Box(ctx, strings.Repeat("x", 2<<20), textForm(), r)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Stats(); got.Used != 4<<20 || got.Reserved != 0 || got.Boxed != 2<<20 {
		t.Errorf("%+v", got)
	}
	r.Release()
	r.Release()
	b.Discard()
	blk.Release()
	if got := s.Stats(); got.Used != 0 || got.Peak != 4<<20 {
		t.Errorf("%+v", got)
	}
}

func TestTheHeapGetsWhatTheArenaLeaves(t *testing.T) {
	was := debug.SetMemoryLimit(-1)
	s := openStore(t, Options{Limit: 256 << 20, GuideHeap: true})
	limit := func() int64 { return debug.SetMemoryLimit(-1) }
	if got := limit(); got != was {
		t.Errorf("the heap may have %d bytes of a store without blocks", got)
	}
	if !s.arena.opened() {
		t.Skip("no arena on this system")
	}
	empty := s.HeapBudget()
	if want := int64(256<<20-overhead) / 16 * 15; empty != want {
		t.Errorf("the heap may have %d bytes of an empty store, not %d", empty, want)
	}
	b, err := s.Buffer(context.Background(), 64<<20, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := limit(); got != empty-60<<20 || s.Stats().HeapLimit != got || s.HeapBudget() != got {
		t.Errorf("the heap may have %d bytes beside 64 MiB, and %d without", got, empty)
	}
	second := openStore(t, Options{Limit: 128 << 20, GuideHeap: true})
	second.Charge(Transfer, 1<<20)
	if n := second.Stats().HeapLimit; n != 0 {
		t.Errorf("two stores set the limit of one process: the second to %d", n)
	}
	second.Charge(Transfer, -1<<20)
	b.Discard()
	s.Charge(Transfer, 180<<20) // which kept pages must give way to
	if got := limit(); got < 180<<20 {
		t.Errorf("the heap may have %d bytes while 180 MiB are on their way", got)
	}
	s.Charge(Transfer, -180<<20)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if got := limit(); got != was {
		t.Errorf("the limit is %d after Close, and was %d", got, was)
	}
}

func TestCloseWaitsForNobodyAndLeavesViews(t *testing.T) {
	s := openStore(t, Options{Scratch: t.TempDir()})
	b := flat(t, s, 1<<20, 7)
	v, err := b.Pin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	path := s.spill.folder.path
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the spill folder is left: %v", err)
	}
	if v.Bytes()[0] != 7 {
		t.Error("Close has taken memory that is lent")
	}
	v.Release()
	if s.lent != -1 { // by which the last one knows that it is
		t.Errorf("%d views are out", s.lent)
	}
	b.Release()
	_, reserve := s.Reserve(context.Background(), 1)
	_, buffer := s.Buffer(context.Background(), 1, nil)
	_, box := s.Box(context.Background(), "", textForm(), nil)
	_, arena := s.Arena()
	for what, err := range map[string]error{"Reserve": reserve, "Buffer": buffer, "Box": box, "Arena": arena} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if s.TryReserve(1) != nil {
		t.Error("a closed store gives reservations")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for what, o := range map[string]Options{
		"at least":                   {Limit: 1},
		"must rise":                  {Limit: 1 << 20, SpillMark: 2, PauseMark: 1},
		"below 0":                    {Limit: 1 << 20, SpillMark: -2},
		"of a limit of":              {Limit: 1 << 20, PauseMark: 1<<20 + 1},
		"name a scratch folder that": {Limit: 1 << 20, Scratch: filepath.Join(t.TempDir(), "missing")},
	} {
		if s, err := Open(o); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%+v: %v", o, err)
			if err == nil {
				s.Close()
			}
		}
	}
}

// TestAResultThatIsLargerThanTheLimitIsSaidOnce has results that cannot be in memory without exceeding the limit.
func TestAResultThatIsLargerThanTheLimitIsSaidOnce(t *testing.T) {
	var logged []string
	s := openStore(t, Options{Limit: 1 << 20, Log: func(format string, args ...any) { logged = append(logged, fmt.Sprintf(format, args...)) }})
	for _, n := range []int{1 << 10, 2 << 20, 3 << 20} {
		b, err := s.Box(context.Background(), strings.Repeat("x", n), textForm(), nil)
		if err != nil {
			t.Fatal(err)
		}
		b.Release()
	}
	if len(logged) != 1 || !strings.Contains(logged[0], "2097152 bytes is larger than the memory limit of 1048576") {
		t.Errorf("%q", logged)
	}
}
