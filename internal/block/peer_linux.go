package block

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/braid-compute/braid/internal/invariants"
)

// Peer is the arena of another process of this machine, mapped for reading. The whole of it is mapped at once, which costs
// addresses and no memory, so a block takes no system call. In a build with invariants only what is lent at the moment can be read, so
// that who looks at a block too long is stopped there.
type Peer struct {
	data []byte
	lent map[int64]int // by the first page: how often; in builds with invariants
}

// OpenPeer maps the arena of another process, which must live. (proc_pid_fd(5): to open it takes a process of the same user that
// sees the other one, so it fails between containers and where /proc is hidden.)
func OpenPeer(a Arena) (*Peer, error) {
	f, size, err := openArena(a, os.O_RDONLY) // so that nobody changes blocks by mistake
	if err != nil {
		return nil, err
	}
	defer f.Close()
	how := unix.PROT_READ
	if invariants.Enabled {
		how = unix.PROT_NONE
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(size), how, unix.MAP_SHARED|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("block: map the arena of another process, %d bytes: %w", size, err)
	}
	return &Peer{data: data, lent: make(map[int64]int)}, nil
}

// openArena opens the file behind the arena of another process, and returns its size.
func openArena(a Arena, flag int) (*os.File, int64, error) {
	f, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/%d", a.Process, a.Descriptor), flag, 0)
	if err != nil {
		return nil, 0, fmt.Errorf("block: the arena of another process: %w", err)
	}
	var stat unix.Stat_t
	if err := retry(func() error { return unix.Fstat(int(f.Fd()), &stat) }); err != nil || stat.Ino != a.Inode {
		f.Close()
		return nil, 0, fmt.Errorf("block: descriptor %d of process %d is not the arena any more", a.Descriptor, a.Process)
	}
	seals, err := unix.FcntlInt(f.Fd(), unix.F_GET_SEALS, 0)
	if err != nil || seals&unix.F_SEAL_SHRINK == 0 {
		f.Close()
		// The pages of a file that shrinks are gone, and reading them ends this process.
		return nil, 0, fmt.Errorf("block: %s is no arena: its size is not sealed", f.Name())
	}
	return f, stat.Size, nil
}

// checkRef refuses a stretch that is not in an arena of so many bytes.
func checkRef(r Ref, size int64) error {
	if r.Offset < 0 || r.Bytes < 0 || r.Offset > size || r.Bytes > size-r.Offset {
		return fmt.Errorf("block: %d bytes at %d are not in the arena of %d bytes", r.Bytes, r.Offset, size)
	}
	return nil
}

// Bytes returns the memory of a block, as long as its holder keeps it for this process, and until Close. Writing to it
// ends the process. Done says that nobody here looks at it any more.
func (p *Peer) Bytes(r Ref) ([]byte, error) {
	if err := checkRef(r, int64(len(p.data))); err != nil {
		return nil, err
	}
	if err := p.count(r, 1, unix.PROT_READ); err != nil {
		return nil, err
	}
	return p.data[r.Offset : r.Offset+r.Bytes : r.Offset+r.Bytes], nil
}

// Done ends the use of what Bytes has returned. It and Bytes are called one after the other.
func (p *Peer) Done(r Ref) {
	_ = p.count(r, -1, unix.PROT_NONE) // fails beyond the system's number of mappings
}

// count notes that a block is looked at once more, or less, and sets how its pages may be used if that is the first or the last time.
func (p *Peer) count(r Ref, n int, how int) error {
	if !invariants.Enabled || r.Bytes == 0 {
		return nil
	}
	first := r.Offset / pageSize * pageSize // the pages are this block's alone
	before := p.lent[first]
	invariants.Check(before+n >= 0, "a block of another process was given back more often than it was lent")
	if p.lent[first] = before + n; before+n == 0 {
		delete(p.lent, first)
	}
	if before > 0 && before+n > 0 {
		return nil
	}
	end := min((r.Offset+r.Bytes+pageSize-1)/pageSize*pageSize, int64(len(p.data)))
	if err := unix.Mprotect(p.data[first:end], how); err != nil {
		return fmt.Errorf("block: guard %d bytes of another process's arena: %w", end-first, err)
	}
	return nil
}

// Close unmaps the arena.
func (p *Peer) Close() error {
	err := unix.Munmap(p.data)
	p.data = nil
	return err
}
