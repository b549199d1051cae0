package link

import (
	"fmt"
	"net"
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// offerBell makes the memory of a bell for a connection that is being dialled, and says how the other side finds it until release is
// called. It returns nil for what is no Unix socket, and where there is no such memory.
func offerBell(nc net.Conn) (b *bell, name bellName, release func()) {
	if _, ok := nc.(*net.UnixConn); !ok {
		return nil, name, func() {}
	}
	fd, err := unix.MemfdCreate("braid-bell", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_NOEXEC_SEAL)
	if err == unix.EINVAL { // before Linux 6.3
		fd, err = unix.MemfdCreate("braid-bell", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return nil, name, func() {}
	}
	release = func() { unix.Close(fd) }
	var stat unix.Stat_t
	if unix.Ftruncate(fd, bellSize) != nil || unix.Fstat(fd, &stat) != nil {
		return nil, name, release
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL); err != nil {
		return nil, name, release
	}
	if b = mapBell(fd, bellDialed, bellListed); b == nil {
		return nil, name, release
	}
	return b, bellName{uint32(fd), stat.Ino}, release
}

// openBell maps the memory of a bell that who dialled has named. It returns nil if that cannot be: the other side is in another container,
// or its files are hidden from this process. (proc_pid_fd(5))
func openBell(nc net.Conn, name bellName) *bell {
	u, ok := nc.(*net.UnixConn)
	if !ok || name == (bellName{}) {
		return nil
	}
	pid := peerPid(u)
	if pid <= 0 {
		return nil
	}
	fd, err := unix.Open(fmt.Sprintf("/proc/%d/fd/%d", pid, name.descriptor), unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if unix.Fstat(fd, &stat) != nil || stat.Ino != name.inode || stat.Size != bellSize {
		return nil
	}
	// The pages of a file that shrinks are gone, and touching them would end this process.
	if seals, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0); err != nil || seals&unix.F_SEAL_SHRINK == 0 {
		return nil
	}
	return mapBell(fd, bellListed, bellDialed)
}

// mapBell maps the memory of a bell, for as long as the bell can be reached. It returns nil if that is refused.
func mapBell(fd int, ours, theirs uintptr) *bell {
	data, err := unix.Mmap(fd, 0, bellSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil
	}
	at := func(n uintptr) *atomic.Uint32 { return (*atomic.Uint32)(unsafe.Pointer(&data[n])) }
	b := &bell{ours: at(ours), theirs: at(theirs)}
	runtime.AddCleanup(b, func(data []byte) { unix.Munmap(data) }, data)
	return b
}

// peerPid returns the process at the other end of a Unix socket, as this process sees it, or 0.
func peerPid(u *net.UnixConn) (pid int32) {
	raw, err := u.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = cred.Pid
		}
	})
	return pid
}
