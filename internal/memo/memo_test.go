package memo

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var update = flag.Bool("update", false, "write the golden file anew")

func sample() Entry {
	e := Entry{Function: "square", Version: "2", Made: time.UnixMilli(1700000000000), Took: 1500 * time.Millisecond, Result: []byte("the result")}
	for i := range e.Key {
		e.Key[i] = byte(i)
	}
	return e
}

// fileOf puts an entry into a folder of its own and returns its file.
func fileOf(t *testing.T, e Entry) (*Store, string) {
	t.Helper()
	s := &Store{Folder: t.TempDir()}
	if err := s.Put(e); err != nil {
		t.Fatal(err)
	}
	return s, s.fileOf(e.Function, e.Key)
}

func TestTheFormatStaysAsItIs(t *testing.T) {
	_, file := fileOf(t, sample())
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "entry.golden")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%x\nwant\n%x", got, want)
	}
	if key := fmt.Sprintf("%x", sample().Key); !strings.HasSuffix(filepath.ToSlash(file), "/square/"+key[:2]+"/"+key[2:]+".memo") {
		t.Errorf("the entry is in %s", file)
	}
}

// Any single damage makes an entry one that is not there, and the next result takes its place.
func TestADamagedEntryIsReplaced(t *testing.T) {
	e := sample()
	s, file := fileOf(t, e)
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damages := map[string][]byte{"empty": nil, "longer": append(bytes.Clone(sound), 0)}
	for i := range sound {
		damages[fmt.Sprint("cut at ", i)] = sound[:i]
		flipped := bytes.Clone(sound)
		flipped[i] ^= 1 << (i % 8)
		damages[fmt.Sprint("flipped at ", i)] = flipped
	}
	for name, data := range damages {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if r, ok := s.Get(e.Function, e.Key); ok {
			t.Errorf("%s: %q", name, r)
		}
	}
	if err := s.Put(e); err != nil {
		t.Fatal(err)
	}
	if r, ok := s.Get(e.Function, e.Key); !ok || string(r) != "the result" {
		t.Errorf("after it was replaced: %q, %v", r, ok)
	}
}

// An entry that lies where that of another call belongs is not taken for it.
func TestAMovedEntryIsNotThere(t *testing.T) {
	e := sample()
	s, file := fileOf(t, e)
	other := e.Key
	other[31]++
	if err := os.Rename(file, s.fileOf(e.Function, other)); err != nil {
		t.Fatal(err)
	}
	if r, ok := s.Get(e.Function, other); ok {
		t.Errorf("%q", r)
	}
}

func TestNamesOfFunctionsMayHoldAnything(t *testing.T) {
	s := &Store{Folder: t.TempDir()}
	names := []string{"a/b", "..", ".", "a", "A b:c*?", strings.Repeat("ü", 200), strings.Repeat("ü", 201)}
	for _, name := range names {
		e := sample()
		e.Function, e.Result = name, []byte(name)
		if err := s.Put(e); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if folder := s.folderOf(name); filepath.Dir(folder) != filepath.Clean(s.Folder) {
			t.Errorf("the folder of %q is %s", name, folder)
		}
	}
	for _, name := range names {
		if r, ok := s.Get(name, sample().Key); !ok || string(r) != name {
			t.Errorf("%q: %q, %v", name, r, ok)
		}
	}
	if n, err := s.Clear("a"); n != 1 || err != nil {
		t.Errorf("cleared %d, %v", n, err)
	}
	if n, err := s.Clear(""); n != len(names)-1 || err != nil {
		t.Errorf("cleared %d, %v", n, err)
	}
	long := sample()
	long.Version = strings.Repeat("x", maxVersion+1)
	if err := s.Put(long); err == nil {
		t.Error("a version longer than the format allows was written")
	}
}

func TestOldEntriesAreNotThere(t *testing.T) {
	s, e := &Store{Folder: t.TempDir(), MaxAge: time.Hour}, sample()
	e.Made = time.Now().Add(-59 * time.Minute)
	if err := s.Put(e); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Get(e.Function, e.Key); !ok {
		t.Error("an entry is gone before its time")
	}
	e.Made = time.Now().Add(-61 * time.Minute)
	if err := s.Put(e); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Get(e.Function, e.Key); ok {
		t.Error("an entry is there after its time")
	}
	if n, err := s.Reduce(t.Context(), 0, time.Hour); n != 1 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
}

// What was not used for the longest is removed first, and a use is noted by reading.
func TestReduceKeepsWhatIsUsed(t *testing.T) {
	s := &Store{Folder: t.TempDir()}
	var keys []Key
	for i := range 4 {
		e := sample()
		e.Key[0] = byte(i)
		keys = append(keys, e.Key)
		if err := s.Put(e); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-time.Duration(10-i) * time.Hour)
		if err := os.Chtimes(s.fileOf(e.Function, e.Key), then, then); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := s.Get("square", keys[0]); !ok {
		t.Fatal("the first is not there")
	}
	foreign := filepath.Join(s.Folder, "notes.txt")
	left := s.fileOf("square", keys[0]) + temporary + "1"
	for _, file := range []string{foreign, left} {
		if err := os.WriteFile(file, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-2 * abandoned)
		if err := os.Chtimes(file, then, then); err != nil {
			t.Fatal(err)
		}
	}
	var each int64
	for f, err := range s.Files("square") {
		if err != nil || f.Err != nil || f.Function != "square" || f.Version != "2" || f.Took != 1500*time.Millisecond {
			t.Fatal(f, err)
		}
		each = f.Bytes
	}
	if n, err := s.Reduce(t.Context(), 2*each, 0); n != 2 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
	for i, want := range []bool{true, false, false, true} {
		if _, ok := s.Get("square", keys[i]); ok != want {
			t.Errorf("entry %d is there: %v", i, ok)
		}
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error("a file that is no entry was removed")
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("what a writer left behind two hours ago is there still")
	}
}

// What others may read is no rubbish: a newer version, and what could not be opened just now.
func TestReduceKeepsWhatOthersMayRead(t *testing.T) {
	s, e := &Store{Folder: t.TempDir()}, sample()
	var files []string
	for i := range 3 {
		e.Key[0] = byte(i)
		if err := s.Put(e); err != nil {
			t.Fatal(err)
		}
		files = append(files, s.fileOf(e.Function, e.Key))
	}
	newer, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint32(newer[len(magic):], version+1)
	then := time.Now().Add(-time.Hour)
	err = errors.Join(os.WriteFile(files[0], newer, 0o600), os.Chtimes(files[0], then, then), os.WriteFile(files[1], []byte("rubbish"), 0o600),
		os.Remove(files[2]), os.Symlink("loop", files[2]), os.Symlink(files[2], filepath.Join(filepath.Dir(files[2]), "loop")))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Reduce(t.Context(), 0, time.Minute); n != 1 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
	for i, want := range []bool{true, false, true} {
		if _, err := os.Lstat(files[i]); (err == nil) != want {
			t.Errorf("file %d: %v", i, err)
		}
	}
	// They count, and go when they are what was not used for the longest.
	if n, err := s.Reduce(t.Context(), 10, 0); n == 0 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
	if _, err := os.Lstat(files[0]); err == nil {
		t.Error("what is of a newer version stays for ever")
	}
}

func TestALargeEntryIsNotRead(t *testing.T) {
	e := sample()
	s, file := fileOf(t, e)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.GetWithin(e.Function, e.Key, info.Size()-1); ok {
		t.Error("it was read")
	}
	if r, ok := s.GetWithin(e.Function, e.Key, info.Size()); !ok || string(r) != "the result" {
		t.Errorf("%q, %v", r, ok)
	}
}

func TestASweepEndsWithItsContext(t *testing.T) {
	s, e := &Store{Folder: t.TempDir(), MaxAge: time.Nanosecond}, sample()
	if err := s.Put(e); err != nil {
		t.Fatal(err)
	}
	if !s.Due() || s.Due() {
		t.Fatal("a folder that nobody has looked through is due once")
	}
	ended, end := context.WithCancel(t.Context())
	end()
	s.Sweep(ended)
	if _, err := os.Stat(s.fileOf(e.Function, e.Key)); err != nil {
		t.Error(err)
	}
	if n, err := s.Reduce(ended, 0, time.Nanosecond); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("removed %d, %v", n, err)
	}
}

func TestAWriterKeepsTheFolderSmall(t *testing.T) {
	s, e := &Store{Folder: t.TempDir(), MaxBytes: 20_000}, sample()
	e.Result = make([]byte, 1000)
	for i := range 100 {
		e.Key[0] = byte(i)
		putAndSweep(t, s, e)
	}
	total, n := int64(0), 0
	for f, err := range s.Files("") {
		if err != nil {
			t.Fatal(err)
		}
		total, n = total+f.Bytes, n+1
	}
	if total > s.MaxBytes*11/10+2000 || n == 0 {
		t.Errorf("%d bytes in %d entries of at most %d", total, n, s.MaxBytes)
	}
}

// putAndSweep does what users of a store do.
func putAndSweep(t *testing.T, s *Store, e Entry) {
	t.Helper()
	if err := s.Put(e); err != nil {
		t.Fatal(err)
	}
	if s.Due() {
		s.Sweep(t.Context())
	}
}

// Processes that write little each keep it small too.
func TestTheFirstWriterForLongKeepsTheFolderSmall(t *testing.T) {
	folder, e := t.TempDir(), sample()
	e.Result = make([]byte, 1000)
	count := func() (n int) {
		for _, err := range (&Store{Folder: folder}).Files("") {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	for i := range 30 {
		e.Key[0] = byte(i)
		putAndSweep(t, &Store{Folder: folder, MaxBytes: 20_000}, e)
	}
	if n := count(); n != 30 {
		t.Errorf("%d entries of 30: the folder was looked through within the hour", n)
	}
	then := time.Now().Add(-2 * seldom)
	if err := os.Chtimes(filepath.Join(folder, stamp), then, then); err != nil {
		t.Fatal(err)
	}
	putAndSweep(t, &Store{Folder: folder, MaxBytes: 20_000}, e)
	if n := count(); n > 20 || n < 15 {
		t.Errorf("%d entries of more than 1000 bytes each are left of at most 20,000 bytes", n)
	}
}

// Readers, writers and whoever clears at once see whole entries or none.
func TestManyAtOnce(t *testing.T) {
	s := &Store{Folder: t.TempDir()}
	results := [2][]byte{bytes.Repeat([]byte("a"), 1<<16), bytes.Repeat([]byte("b"), 100)}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 100 {
				e := sample()
				e.Key[0] = byte(i % 3)
				e.Result = results[g%2]
				if err := s.Put(e); err != nil {
					t.Error(err)
				}
				if r, ok := s.Get(e.Function, e.Key); ok && !bytes.Equal(r, results[0]) && !bytes.Equal(r, results[1]) {
					t.Errorf("%d bytes that nobody wrote", len(r))
				}
				if g == 7 && i%10 == 0 {
					if _, err := s.Clear(""); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	parts, err := filepath.Glob(filepath.Join(s.Folder, "*", "*", "*"+temporary+"*"))
	if err != nil || len(parts) > 0 {
		t.Errorf("left behind: %v, %v", parts, err)
	}
}

func TestAFolderThatIsNotThereIsEmpty(t *testing.T) {
	s := &Store{Folder: filepath.Join(t.TempDir(), "none")}
	for f, err := range s.Files("") {
		t.Error(f, err)
	}
	if n, err := s.Clear("square"); n != 0 || err != nil {
		t.Error(n, err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := (&Store{Folder: file}).Put(sample()); err == nil {
		t.Error("an entry was written below a file")
	}
}

// The age of an entry counts from when it was made, by the clock.
func TestAgeByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := &Store{Folder: t.TempDir(), MaxAge: time.Hour}, sample()
		e.Made = time.Now()
		if err := s.Put(e); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Hour)
		if _, ok := s.Get(e.Function, e.Key); !ok {
			t.Error("an entry is gone before its time")
		}
		<-time.After(time.Millisecond)
		if _, ok := s.Get(e.Function, e.Key); ok {
			t.Error("an entry is there after its time")
		}
	})
}

func FuzzParse(f *testing.F) {
	sound, err := os.ReadFile(filepath.Join("testdata", "entry.golden"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sound)
	f.Add(sound[:fixed])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := parse(b)
		if err != nil {
			return
		}
		head, err := e.appendHead(nil)
		if err != nil {
			t.Fatalf("an entry was read that cannot be written: %v", err)
		}
		if whole := append(head, e.Result...); !bytes.Equal(whole, b[:len(b)-checksum]) {
			t.Errorf("%x was read, and is written as %x", b, whole)
		}
	})
}
