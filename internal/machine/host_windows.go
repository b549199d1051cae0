package machine

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

var globalMemoryStatusEx = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")

// memoryStatus is Windows' MEMORYSTATUSEX.
type memoryStatus struct {
	length    uint32 // of this structure, which tells its version
	load      uint32
	total     uint64 // bytes of physical memory
	remainder [6]uint64
}

// hostMemory returns the bytes of physical memory.
func hostMemory() (int64, error) {
	m := memoryStatus{length: uint32(unsafe.Sizeof(memoryStatus{}))}
	if err := globalMemoryStatusEx.Find(); err != nil {
		return 0, err
	}
	if ok, _, err := globalMemoryStatusEx.Call(uintptr(unsafe.Pointer(&m))); ok == 0 {
		return 0, fmt.Errorf("GlobalMemoryStatusEx: %w", err)
	}
	return int64(m.total), nil
}

// hostProcessor returns the processor's name, "" if unknown.
func hostProcessor() string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `HARDWARE\DESCRIPTION\System\CentralProcessor\0`, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer k.Close()
	name, _, err := k.GetStringValue("ProcessorNameString")
	if err != nil {
		return ""
	}
	return name
}

// hostKernel returns the kernel's release, "" if unknown.
func hostKernel() string {
	v := windows.RtlGetVersion()
	return fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
}
