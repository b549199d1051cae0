package block

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Peer is the arena of another process of this machine, mapped for reading. The whole of it is mapped at once, which costs
// addresses and no memory, so a block takes no system call.
type Peer struct{ data []byte }

// OpenPeer maps the arena of another process, which must live. (proc_pid_fd(5): to open it takes a process of the same user that
// sees the other one, so it fails between containers and where /proc is hidden.)
func OpenPeer(a Arena) (*Peer, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/fd/%d", a.Process, a.Descriptor)) // for reading only, so that nobody changes blocks by mistake
	if err != nil {
		return nil, fmt.Errorf("block: the arena of another process: %w", err)
	}
	defer f.Close()
	var stat unix.Stat_t
	if err := retry(func() error { return unix.Fstat(int(f.Fd()), &stat) }); err != nil || stat.Ino != a.Inode {
		return nil, fmt.Errorf("block: descriptor %d of process %d is not the arena any more", a.Descriptor, a.Process)
	}
	seals, err := unix.FcntlInt(f.Fd(), unix.F_GET_SEALS, 0)
	if err != nil || seals&unix.F_SEAL_SHRINK == 0 {
		// The pages of a file that shrinks are gone, and reading them ends this process.
		return nil, fmt.Errorf("block: %s is no arena: its size is not sealed", f.Name())
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(stat.Size), unix.PROT_READ, unix.MAP_SHARED|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("block: map the arena of another process, %d bytes: %w", stat.Size, err)
	}
	return &Peer{data}, nil
}

// Bytes returns the memory of a block, as long as its holder keeps it for this process, and until Close. Writing to it
// ends the process.
func (p *Peer) Bytes(r Ref) ([]byte, error) {
	if r.Offset < 0 || r.Bytes < 0 || r.Offset > int64(len(p.data)) || r.Bytes > int64(len(p.data))-r.Offset {
		return nil, fmt.Errorf("block: %d bytes at %d are not in the arena of %d bytes", r.Bytes, r.Offset, len(p.data))
	}
	return p.data[r.Offset : r.Offset+r.Bytes : r.Offset+r.Bytes], nil
}

// Close unmaps the arena.
func (p *Peer) Close() error {
	err := unix.Munmap(p.data)
	p.data = nil
	return err
}
