package clib

import (
	"os"
	"strconv"
	"syscall"
)

func load(path string) (uintptr, error) {
	h, err := syscall.LoadLibrary(path)
	return uintptr(h), err
}

func symbol(library uintptr, name string) (uintptr, error) {
	return syscall.GetProcAddress(syscall.Handle(library), name)
}

// setVariables sets the variables that libraries see, which are those of the process.
func setVariables(cores int) error {
	for _, name := range threadVariables {
		if err := os.Setenv(name, strconv.Itoa(cores)); err != nil {
			return err
		}
	}
	return nil
}
