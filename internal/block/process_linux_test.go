package block

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// The variable that makes a process the other one of a test: "what argument".
const otherVariable = "BRAID_TEST_OTHER"

func init() { plays[otherVariable] = playOther }

func playOther(play string) int {
	what, argument, _ := strings.Cut(play, " ")
	err := map[string]func(string) error{"reader": playReader, "victim": playVictim, "limited": playLimited, "cramped": playCramped}[what](argument)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// other starts this test's executable as another process.
func other(t testing.TB, play string) (out *bufio.Reader, in io.WriteCloser, cmd *exec.Cmd) {
	t.Helper()
	return otherWith(t, otherVariable, play)
}

func otherWith(t testing.TB, variable, play string) (out *bufio.Reader, in io.WriteCloser, cmd *exec.Cmd) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(self)
	cmd.Env = append(os.Environ(), variable+"="+play)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if in, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := sync.OnceFunc(func() { cmd.Process.Kill(); cmd.Wait() })
	t.Cleanup(end)
	return bufio.NewReader(stdout), in, cmd
}

// playReader maps the arena that its argument says, and says of each "offset bytes" on its standard input what is there: first byte,
// last byte, and nanoseconds until the first was there.
func playReader(words string) error {
	var a Arena
	if _, err := fmt.Sscan(words, &a.Process, &a.Descriptor, &a.Inode); err != nil {
		return err
	}
	f, err := os.Open(fmt.Sprintf("/proc/%d/fd/%d", a.Process, a.Descriptor))
	if err != nil {
		return err
	}
	if _, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != unix.EACCES {
		return fmt.Errorf("mapping for writing: %v", err)
	}
	f.Close()
	p, err := OpenPeer(a)
	if err != nil {
		return err
	}
	defer p.Close()
	for {
		var r Ref
		if _, err := fmt.Scan(&r.Offset, &r.Bytes); err != nil {
			return nil
		}
		began := time.Now()
		b, err := p.Bytes(r)
		if err != nil {
			return err
		}
		first := b[0]
		fmt.Println(first, b[len(b)-1], time.Since(began).Nanoseconds())
	}
}

// reader starts a process that has this store's arena.
func reader(t testing.TB, s *Store) (ask func(Ref) (first, last byte, took time.Duration), cmd *exec.Cmd) {
	t.Helper()
	a, err := s.Arena()
	if err != nil {
		t.Fatal(err)
	}
	out, in, cmd := other(t, fmt.Sprint("reader ", a.Process, " ", a.Descriptor, " ", a.Inode))
	return func(r Ref) (first, last byte, took time.Duration) {
		t.Helper()
		fmt.Fprintln(in, r.Offset, r.Bytes)
		if line, err := out.ReadString('\n'); err != nil {
			t.Fatal(err)
		} else if _, err := fmt.Sscan(line, &first, &last, (*int64)(&took)); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		return first, last, took
	}, cmd
}

func TestAnotherProcessMapsABlock(t *testing.T) {
	s := openStore(t, Options{Limit: 64 << 20})
	ask, _ := reader(t, s)
	for mark := range byte(3) {
		b := flat(t, s, 1<<20+1, mark)
		e, r, err := b.Loan(context.Background())
		if err != nil || r.Bytes != 1<<20+1 {
			t.Fatalf("%+v, %v", r, err)
		}
		if first, last, _ := ask(r); first != mark || last != mark {
			t.Errorf("another process reads %d … %d, not %d", first, last, mark)
		}
		e.Release()
		b.Release()
	}
	b := flat(t, s, 100, 0)
	if _, _, err := b.Loan(context.Background()); !errors.Is(err, ErrNotMappable) {
		t.Errorf("a block in the heap can be mapped: %v", err)
	}
}

func TestRefsOutsideOfTheArenaAreRefused(t *testing.T) {
	s := openStore(t, Options{Limit: 1 << 20})
	a, err := s.Arena()
	if err != nil {
		t.Fatal(err)
	}
	p, err := OpenPeer(a)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	n := int64(len(p.data))
	for _, r := range []Ref{{-1, 1}, {0, -1}, {0, n + 1}, {n, 1}, {n + 1, 0}, {1 << 62, 1 << 62}, {1, n}} {
		if _, err := p.Bytes(r); err == nil {
			t.Errorf("%+v was given of %d bytes", r, n)
		}
	}
	if b, err := p.Bytes(Ref{n - 1, 1}); err != nil || b[0] != 0 {
		t.Error(err)
	}
	a.Inode++
	if _, err := OpenPeer(a); err == nil || !strings.Contains(err.Error(), "not the arena any more") {
		t.Errorf("another file was mapped: %v", err)
	}
	plain, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	info, err := plain.Stat()
	if err != nil {
		t.Fatal(err)
	}
	a = Arena{uint32(os.Getpid()), uint32(plain.Fd()), info.Sys().(*syscall.Stat_t).Ino}
	if _, err := OpenPeer(a); err == nil || !strings.Contains(err.Error(), "not sealed") {
		t.Errorf("a file that may shrink was mapped: %v", err)
	}
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestTheLastViewUnmapsAClosedArena(t *testing.T) {
	s := openStore(t, Options{})
	b := flat(t, s, 1<<20, 7)
	v, err := b.Pin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s.arena.space.closed || v.Bytes()[0] != 7 {
		t.Error("Close has taken memory that is lent")
	}
	v.Release()
	if !s.arena.space.closed {
		t.Error("the arena is left mapped")
	}
}

func TestNoDescriptorsAreLeftOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := openDescriptors(t)
		s, err := Open(Options{Limit: 10 << 20, Scratch: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		b := spilledBlock(t, s)
		wants(t, b, 1<<20, 42)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if after := openDescriptors(t); after != before {
			t.Errorf("%d descriptors are open, %d before", after, before)
		}
	})
}

// playVictim fills a store until blocks are in files, and waits to be killed.
func playVictim(scratch string) error {
	s, err := Open(Options{Limit: 4 << 20, Scratch: scratch})
	if err != nil {
		return err
	}
	for range 8 {
		b, err := s.Buffer(context.Background(), 1<<20, nil)
		if err != nil {
			return err
		}
		b.Seal()
	}
	fmt.Println(s.spill.folder.path)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func TestFilesOfAKilledProcessAreRemoved(t *testing.T) {
	scratch := t.TempDir()
	out, _, cmd := other(t, "victim "+scratch)
	line, err := out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimSpace(line)
	left := func() []string {
		files, err := filepath.Glob(filepath.Join(path, "[0-9]*"))
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	open := func() {
		t.Helper()
		s := openStore(t, Options{Scratch: scratch})
		s.spill.folder.sweeper.Wait()
	}
	if open(); len(left()) == 0 {
		t.Fatal("a living process has no files, or they were removed")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if len(left()) == 0 {
		t.Fatal("the files went with their owner, so this test shows nothing")
	}
	open()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder of a dead process is left: %v", err)
	}
}

// playLimited runs where files may have 300 KiB.
func playLimited(scratch string) error {
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 300 << 10, Max: 300 << 10}); err != nil {
		return err
	}
	s, err := Open(Options{Limit: 4 << 20, Scratch: scratch})
	if err != nil {
		return err
	}
	var all []*Block
	for k := range 4 {
		b, err := s.Buffer(context.Background(), 1<<20, nil)
		if err != nil {
			return err
		}
		b.Bytes()[0] = byte(k)
		all = append(all, b.Seal())
	}
	s.calls.Wait()
	if got := s.Stats(); !errors.Is(got.Stalled, syscall.EFBIG) || got.Used != 4<<20 || got.Files != 0 {
		return fmt.Errorf("%+v", got)
	}
	for k, b := range all {
		v, err := b.Pin(context.Background())
		if err != nil || v.Bytes()[0] != byte(k) {
			return fmt.Errorf("block %d: %v", k, err)
		}
		v.Release()
	}
	return s.Close()
}

func TestALimitOnTheSizeOfFiles(t *testing.T) {
	out, _, cmd := other(t, "limited "+t.TempDir())
	said, err := io.ReadAll(out)
	if err := errors.Join(err, cmd.Wait()); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}

// playCramped runs where little more than twice the memory limit can be mapped.
func playCramped(string) error {
	const limit = 256 << 20
	room := addressRoom()
	if room < 1<<40 {
		return fmt.Errorf("without a limit there are %d bytes of addresses", room)
	}
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return err
	}
	var pages uint64
	if _, err := fmt.Sscan(string(statm), &pages); err != nil {
		return err
	}
	most := pages*uint64(pageSize) + 2*limit + 64<<20
	if err := unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: most, Max: most}); err != nil {
		return err
	}
	s, err := Open(Options{Limit: limit})
	if err != nil {
		return err
	}
	b, err := s.Buffer(context.Background(), 100<<20, nil)
	if err != nil || !b.mem.inArena() || len(s.arena.space.data) > limit+32<<20 {
		return fmt.Errorf("%v, %d bytes of addresses", err, len(s.arena.space.data))
	}
	heap := make([]byte, 100<<20) // which would end the process if the arena had taken all addresses
	copy(b.Bytes(), heap)
	b.Discard()
	return s.Close()
}

func TestALimitOnAddressesLeavesSomeToTheHeap(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector needs addresses of its own")
	}
	out, _, cmd := other(t, "cramped ")
	said, err := io.ReadAll(out)
	if err := errors.Join(err, cmd.Wait()); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}

func TestARealFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("braid", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("a small disk cannot be made here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(Options{Limit: 10 << 20, Scratch: dir})
		if err != nil {
			t.Fatal(err)
		}
		var all []*Block
		for k := range 12 {
			all = append(all, flat(t, s, 1<<20, byte(k)))
		}
		synctest.Wait()
		if got := s.Stats(); !errors.Is(got.Stalled, syscall.ENOSPC) || got.Used != 10<<20 || got.Files != 2 {
			t.Errorf("%+v", got)
		}
		for k, b := range all {
			wants(t, b, 1<<20, byte(k))
			b.Release()
		}
		synctest.Wait()
		if got := s.Stats(); got.Used != 0 || got.Files != 0 || got.Lost != 0 {
			t.Errorf("%+v", got)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestSpaceInASharedFileIsReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openStore(t, Options{Limit: 64 << 20, SpillMark: 1 << 20, Scratch: t.TempDir()})
		form := textForm()
		form.Size = func(v any) (int64, bool) { return int64(len(v.(string))), true }
		var all []*Block
		for range 8 {
			b, err := s.Box(context.Background(), strings.Repeat("x", 200<<10), form, nil)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b)
		}
		synctest.Wait()
		first, second := all[0], all[1]
		if first.State() != Spilled || first.place.seg != second.place.seg {
			t.Fatal("the blocks are not in one file, so this test shows nothing")
		}
		path := first.place.seg.path
		before := allocated(t, path)
		first.Release()
		synctest.Wait()
		if after := allocated(t, path); after > before-190<<10 {
			t.Skipf("the file has %d bytes of the disk, before %d: this file system has no holes", after, before)
		}
		if data, err := encodedBytes(second); err != nil || !bytes.Equal(data, bytes.Repeat([]byte("x"), 200<<10)) {
			t.Error(err)
		}
	})
}

func allocated(t *testing.T, path string) int64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return st.Blocks * 512
}
