package block

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/internal/lock"
)

func TestAFullDiskKeepsBlocksInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged []string
		s, disk := openFaulty(t, Options{Log: func(format string, args ...any) { logged = append(logged, format) }})
		disk.set(func(d *faultDisk) { d.capacity = 5 << 20 / 2 })
		var all []*Block
		for k := range 10 {
			all = append(all, flat(t, s, 1<<20, byte(k)))
			synctest.Wait()
		}
		got := s.Stats()
		if got.Used != 8<<20 || got.Stalls != 1 || !errors.Is(got.Stalled, syscall.ENOSPC) || got.Files != 2 || len(logged) != 1 {
			t.Errorf("on a full disk: %+v; %q", got, logged)
		}
		if files, _ := disk.count(); files != 2 {
			t.Errorf("%d files; what could not be written as a whole should be gone", files)
		}
		// Space that a file returns is used at once.
		for _, b := range all {
			if b.State() == Spilled {
				b.Release()
				break
			}
		}
		synctest.Wait()
		if got := s.Stats(); got.Used != 7<<20 || got.Stalls != 2 || got.Files != 2 {
			t.Errorf("after a file was freed: %+v", got)
		}
		// Otherwise it is tried again in time.
		disk.set(func(d *faultDisk) { d.capacity = -1 })
		<-time.After(retryAfter - 1)
		synctest.Wait()
		if got := s.Stats(); got.Used != 7<<20 || got.Stalled == nil {
			t.Errorf("before it is time: %+v", got)
		}
		<-time.After(1)
		synctest.Wait()
		if got := s.Stats(); got.Used != 6<<20 || got.Stalled != nil {
			t.Errorf("after a while: %+v", got)
		}
		for k, b := range all {
			if b.State() != Gone {
				wants(t, b, 1<<20, byte(k))
			}
		}
	})
}

// spilledBlock returns a block that is in a file only.
func spilledBlock(t *testing.T, s *Store) *Block {
	t.Helper()
	first := flat(t, s, 1<<20, 42)
	for range 8 {
		flat(t, s, 1<<20, 0)
	}
	synctest.Wait()
	if first.State() != Spilled {
		t.Fatalf("the block is %v", first.State())
	}
	return first
}

func TestAFlippedBitLosesOneBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openStore(t, Options{Scratch: t.TempDir()})
		b := spilledBlock(t, s)
		path := b.place.seg.path
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte{0x41}, headerSize+12345); err != nil {
			t.Fatal(err)
		}
		f.Close()
		_, err = b.Pin(context.Background())
		var lost *LostError
		if !errors.As(err, &lost) || !errors.Is(err, ErrLost) || lost.Number != b.Number() || lost.Bytes != 1<<20 {
			t.Fatalf("a changed file: %v", err)
		}
		for _, say := range []string{path, "block 1 of 1048576 bytes", "checksum", "made again"} {
			if !strings.Contains(err.Error(), say) {
				t.Errorf("the error does not say %q: %v", say, err)
			}
		}
		if got := s.Stats().Lost; got != 1 {
			t.Errorf("%d blocks are lost", got)
		}
		if _, again := encodedBytes(b); !errors.Is(again, ErrLost) {
			t.Error(again)
		}
		if got := s.Stats(); got.Lost != 1 || b.State() != Gone || s.usage.buffers != 0 {
			t.Errorf("%v, %+v", b.State(), got)
		}
		synctest.Wait()
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the changed file is left: %v", err)
		}
		b.Release()
	})
}

func TestAFileThatIsGoneLosesItsBlocksAndTooManyFilesDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, disk := openFaulty(t, Options{})
		b := spilledBlock(t, s)
		disk.set(func(d *faultDisk) { d.opening = syscall.EMFILE })
		if _, err := b.Pin(context.Background()); !errors.Is(err, syscall.EMFILE) || errors.Is(err, ErrLost) || b.State() != Spilled {
			t.Errorf("with no descriptors left: %v; the block is %v", err, b.State())
		}
		disk.set(func(d *faultDisk) { d.opening = syscall.EIO })
		if _, err := b.Pin(context.Background()); !errors.Is(err, ErrLost) || !errors.Is(err, syscall.EIO) {
			t.Errorf("with a broken disk: %v", err)
		}
	})
}

func TestAReadOnlyFolderIsSaid(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(Options{Limit: 1 << 20, Scratch: dir}); err == nil {
		s.Close()
		if os.Getuid() != 0 { // who may do everything may write there, too
			t.Error("a store has its files in a folder that cannot be written")
		}
	} else if !strings.Contains(err.Error(), dir) || !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
	synctest.Test(t, func(t *testing.T) { // it becomes so later
		s, disk := openFaulty(t, Options{})
		disk.set(func(d *faultDisk) { d.refuse = syscall.EROFS })
		for range 8 {
			flat(t, s, 1<<20, 0)
		}
		synctest.Wait()
		if got := s.Stats(); got.Used != 8<<20 || !errors.Is(got.Stalled, syscall.EROFS) || !strings.Contains(got.Stalled.Error(), s.spill.folder.path) {
			t.Errorf("%+v", got)
		}
	})
}

func TestABlockThatIsUsedOrFreedWhileItIsWritten(t *testing.T) {
	for name, during := range map[string]func(t *testing.T, b *Block) (after func()){
		"pinned": func(t *testing.T, b *Block) func() {
			v, err := b.Pin(context.Background())
			if err != nil {
				t.Error(err)
				return func() {}
			}
			return func() {
				if b.State() != Both || v.Bytes()[0] != 9 {
					t.Errorf("the block is %v", b.State())
				}
				v.Release()
			}
		},
		"used and left": func(t *testing.T, b *Block) func() {
			wants(t, b, 3<<19, 9)
			return func() {
				if b.State() != Spilled {
					t.Errorf("the block is %v", b.State())
				}
			}
		},
		"freed": func(t *testing.T, b *Block) func() {
			b.Release()
			if got := b.store.Stats().Flat; got != 3<<19+1<<20 {
				t.Errorf("%d bytes are in use while a freed block is written: its memory serves others", got)
			}
			return func() {
				if got := b.store.Stats(); got.Files != 0 || got.Flat != 1<<20 {
					t.Errorf("%+v", got)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, disk := openFaulty(t, Options{SpillMark: 2 << 20})
				writing, on := make(chan struct{}), make(chan struct{})
				disk.set(func(d *faultDisk) {
					d.writing = func() {
						select {
						case writing <- struct{}{}:
							<-on
						default:
						}
					}
				})
				b := flat(t, s, 3<<19, 9)
				got := make(chan func())
				go func() {
					<-writing
					got <- during(t, b)
					close(on)
				}()
				synctest.Wait()
				flat(t, s, 1<<20, 0)
				after := <-got
				synctest.Wait()
				after()
			})
		})
	}
}

func TestABlockThatIsFreedWhileItIsRead(t *testing.T) {
	for name, use := range map[string]func(*Block) ([]byte, error){
		"pinned": func(b *Block) ([]byte, error) {
			v, err := b.Pin(context.Background())
			if err != nil {
				return nil, err
			}
			defer v.Release()
			return bytes.Clone(v.Bytes()), nil
		},
		"encoded": func(b *Block) ([]byte, error) { return encodedBytes(b) },
	} {
		synctest.Test(t, func(t *testing.T) {
			s, disk := openFaulty(t, Options{})
			b := spilledBlock(t, s)
			release := sync.OnceFunc(func() {
				b.Release()
				synctest.Wait() // so that the file is removed if it is going to be
			})
			disk.set(func(d *faultDisk) { d.reading = release })
			data, err := use(b)
			if err != nil || len(data) != 1<<20 || data[0] != 42 {
				t.Errorf("%s: %d bytes, %v", name, len(data), err)
			}
			synctest.Wait()
			if b.State() != Gone || s.Stats().Lost != 0 {
				t.Errorf("%s: the block is %v, %+v", name, b.State(), s.Stats())
			}
		})
	}
}

func TestValuesThatCannotBeEncodedStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, disk := openFaulty(t, Options{Limit: 1 << 20})
		for what, encode := range map[string]func([]byte, any) ([]byte, error){
			"fails": func([]byte, any) ([]byte, error) { return nil, errors.New("no such encoding") },
			"panic": func([]byte, any) ([]byte, error) { panic("a bug of the user's") },
		} {
			form := textForm()
			form.Encode, form.Size = encode, func(v any) (int64, bool) { return int64(len(v.(string))), true }
			b, err := s.Box(context.Background(), strings.Repeat("x", 700<<10), form, nil)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if files, _ := disk.count(); b.State() != InMemory || files != 0 {
				t.Errorf("%s: the block is %v", what, b.State())
			}
			if _, err := encodedBytes(b); err == nil || !strings.Contains(err.Error(), "of text") {
				t.Error(err)
			}
			b.Release()
		}
		form := textForm()
		form.Decode = func([]byte) (any, error) { panic("another one") }
		b, err := s.Box(context.Background(), strings.Repeat("x", 900<<10), form, nil)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, err := b.Pin(context.Background()); !errors.Is(err, ErrLost) || !strings.Contains(err.Error(), "another one") {
			t.Error(err)
		}
		if got := s.Stats(); got.Buffers != 0 || got.Used != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestWhoWaitsForRoomCanGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, disk := openFaulty(t, Options{})
		block := make(chan struct{})
		disk.set(func(d *faultDisk) { d.writing = func() { <-block } })
		for range 7 {
			flat(t, s, 1<<20, 0) // the last one is being written, and does not come to its end
		}
		synctest.Wait()
		b, err := s.Buffer(context.Background(), 1<<20, nil)
		if err != nil {
			t.Fatal(err)
		}
		var views []*View // so that nothing else can leave
		for l := s.dirty.first; l != nil; l = s.dirty.first {
			v, err := l.Pin(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			views = append(views, v)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := s.Buffer(ctx, 1<<20, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if got := s.Stats(); got.Used != 8<<20 {
			t.Errorf("%+v", got)
		}
		close(block)
		b.Discard()
		for _, v := range views {
			v.Release()
		}
	})
}

func TestFoldersOfDeadProcessesAreRemoved(t *testing.T) {
	scratch := t.TempDir()
	living, err := openFolder(scratch, false)
	if err != nil {
		t.Fatal(err)
	}
	defer living.close()
	living.sweeper.Wait()
	make := func(name string, locked bool, age time.Duration) string {
		path := filepath.Join(scratch, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if locked {
			if err := os.WriteFile(filepath.Join(path, lock.File), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(path, "1"), []byte("left over"), 0o600); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-age)
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
		return path
	}
	dead, old := make(folderPrefix+"dead", true, 0), make(folderPrefix+"old", false, 2*lock.UnlockedAge)
	young, other := make(folderPrefix+"young", false, 0), make("other", true, 2*lock.UnlockedAge)
	s := openStore(t, Options{Scratch: scratch})
	s.spill.folder.sweeper.Wait()
	for path, want := range map[string]bool{dead: true, old: true, young: false, other: false, living.path: false} {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A folder that is made late is made with the first file, and where it cannot be made blocks stay in memory.
func TestAFolderThatIsMadeLate(t *testing.T) {
	scratch := t.TempDir()
	for _, works := range []bool{true, false} {
		s, err := Open(Options{Limit: 1 << 20, SpillMark: 1, Scratch: scratch, Late: true})
		if err != nil {
			t.Fatal(err)
		}
		if made, err := os.ReadDir(scratch); err != nil || len(made) > 0 {
			t.Errorf("%v is there before there is need, %v", made, err)
		}
		if !works {
			if err := os.Remove(scratch); err != nil {
				t.Fatal(err)
			}
		}
		b, err := s.Box(t.Context(), make([]byte, 4<<10), bytesForm, nil)
		if err != nil {
			t.Fatal(err)
		}
		for done := false; !done; { // it is written beside us
			st := s.Stats()
			done = st.SpilledBytes > 0 || st.Stalled != nil
			if done && (st.Stalled == nil) != works {
				t.Errorf("with a folder that can be made %v: %+v", works, st)
			}
			runtime.Gosched()
		}
		b.Release()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

var bytesForm = &Form{
	Name:   "bytes",
	Size:   func(v any) (int64, bool) { return int64(len(v.([]byte))), true },
	Encode: func(dst []byte, v any) ([]byte, error) { return append(dst, v.([]byte)...), nil },
	Decode: func(data []byte) (any, error) { return append([]byte(nil), data...), nil },
}
